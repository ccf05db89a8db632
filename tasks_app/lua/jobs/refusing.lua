-- refusing: why a request is refused, and which of its jobs are known. It comes before taking.lua, which says what a
-- part of a request is. It only reads.
--
-- Only derived ids can be known already, so only jobs with a fingerprint are looked up. A batch exists even when all
-- its jobs were known from other requests. It outlives the records of its jobs, and lists them: while it lives, a
-- repeated request finds forgotten jobs there.

local listed, known, anew = {}, {}, {} -- type -> it has jobs; id -> how its job is known, or true; id -> record it anew
local placed = {} -- type -> scores and ids of the jobs that this script has queued

-- For how long the answer is kept to a job with a fingerprint that was not recorded, as another job held its key: an
-- hour.
local MET_MS = 3600000

-- A job known by a dedup_key keeps others from being sent, but not if it never sent anything: it was cancelled before,
-- or its recipient was suppressed, and no attempt is in doubt. The same request still finds it, by the batch.
local function unsent(id, batch)
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.batch, 'begun', 'doubt', 'error')
  if (batch ~= '' and f[2] == batch) or f[3] or f[4] then return false end
  return f[1] == 'cancelled' or f[1] == 'failed' and cjson.decode(f[5]).code == 'suppressed'
end

-- Jobs of a part whose records are forgotten are in the list of its batch, one after the other. A search reads the
-- whole list, which may be long, so the script makes few; jobs that are not found are added to the list.
local SEARCHES = 10
local function forgotten(part)
  local found, request, searches = {}, part[1], 0
  if redis.call('HGET', KEY.batch(request), 'gone') ~= '1' then return found end
  for i = 3, #part do
    local id = part[i][1]
    if searches < SEARCHES and redis.call('EXISTS', KEY.job(id)) == 0 then
      searches = searches + 1
      local place = redis.call('LPOS', KEY.batch_jobs(request), id)
      if place then
        for _, one in ipairs(redis.call('LRANGE', KEY.batch_jobs(request), place, place + #part - 3)) do
          found[one] = redis.call('EXISTS', KEY.job(one)) == 0
        end
        return found
      end
    end
  end
  return found
end

-- Find out which jobs of a part are known. Returns whether one belongs to another request, and whether any is new.
local function look(part)
  local gone, conflict, some_new = part[2] ~= '' and forgotten(part) or {}, false, false
  for i = 3, #part do
    local id, batch, own, error, unique = part[i][1], part[i][5], part[i][6], part[i][7], part[i][9]
    local kept = own ~= '' and redis.call('HGET', KEY.job(id), 'fp')
    conflict = conflict or kept and kept ~= own
    anew[id] = own == 'dedup' and kept == own and error == '' and unsent(id, batch)
    known[id] = kept and not anew[id] or gone[id]
    local met = unique and own ~= '' and not kept and redis.call('GET', KEY.met(id))
    if met then
      local fingerprint, word = met:match('^(.-)\n(.*)$')
      conflict, known[id] = conflict or fingerprint ~= own, 'known ' .. word
    end
    local is_joining = unique and unique[1] ~= 'refuse' and holder(part[i][2], unique[3])
    some_new = some_new or not (known[id] or is_joining)
  end
  return conflict, some_new
end

-- Would the new jobs bring too many types that have no jobs yet?
local function too_many_types(part, most)
  local count, unknown, strangers = 0, false, {}
  for i = 3, #part do
    local id, type = part[i][1], part[i][2]
    if not known[id] and not listed[type] and not strangers[type] then
      if redis.call('SISMEMBER', KEY.types(), type) == 1 then
        listed[type] = true
      else
        strangers[type], count = true, count + 1
        unknown = unknown or not (redis.call('SISMEMBER', KEY.handled(), type) == 1 or has_processor(type))
      end
    end
  end
  return unknown and count + redis.call('SCARD', KEY.types()) > most
end

-- How many jobs of this type wait, including those of requests that are taken but not recorded yet.
local function waiting(type, jobs_per_part)
  local count = redis.call('ZCARD', KEY.index(type, 'queued')) + (placed[type] and #placed[type] / 2 or 0)
  for _, token in ipairs(redis.call('ZRANGE', KEY.filling(), 0, -1)) do
    if token:match('^%S+ (.*)$') == type then
      count = count + (redis.call('LLEN', KEY.staged(token)) - 1) * jobs_per_part
    end
  end
  return count
end

-- Why a whole request is refused: "conflict" when its key was used for another request: the fingerprint kept with its
-- batch, or with one of its jobs, differs; "full" when some of its jobs are new and too many of the first job's type
-- wait; "types" when it would bring a type that has no jobs, no worker's handler and no processor, and there are too
-- many types, since the work of maintenance and of lists grows with them; "refused <id> <holder>" when another job
-- holds the unique key of this job, which has `refuse`. nil = it is not refused. `limits` are the most queued jobs of
-- one type, the most types that have jobs, and the jobs of a staged part.
local function obstacle(part, limits)
  local request, fingerprint = part[1], part[2]
  if fingerprint ~= '' then
    for _, key in ipairs({ KEY.job(request), KEY.batch(request) }) do
      local kept = redis.call('HGET', key, 'fp')
      if kept and kept ~= fingerprint then return 'conflict' end
    end
  end
  local conflict, some_new = look(part)
  if conflict then return 'conflict' end
  for i = 3, #part do
    local id, unique = part[i][1], part[i][9]
    local other = unique and unique[1] == 'refuse' and not known[id] and holder(part[i][2], unique[3])
    if other and other ~= id then return 'refused ' .. id .. ' ' .. other end
  end
  if some_new and waiting(part[3][2], limits[3]) >= limits[1] then return 'full' end
  if some_new and too_many_types(part, limits[2]) then return 'types' end
end
