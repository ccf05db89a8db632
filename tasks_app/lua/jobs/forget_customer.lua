-- forget_customer: of these jobs, end the retention of what is known about a customer.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] token of the lock   ARGV[2] how long the lock lasts, ms   ARGV[3] the name   ARGV[4] the name as Python's JSON
-- has it   ARGV[5] its pseudonym   ARGV[6..] job ids
--
-- Returns {how many were changed, how many are about the customer (owned.lua) but not over, and so stay}. Fails with LOST
--         when another worker has the lock.
-- No event. Cost O(jobs).
--
-- A complete job keeps what counts: type, target, batch, times, and the outcome. Of data and result stays what a
-- reservation's lines are; texts, metadata, log, attempts and progress go. Jobs that failed or were cancelled go whole:
-- a replay would have nothing to work with. So nothing that is counted changes.

if redis.call('GET', KEY.forgetting_lock()) ~= ARGV[1] then error({ err = 'LOST the lock' }) end
redis.call('PEXPIRE', KEY.forgetting_lock(), ARGV[2])
look_for(ARGV[3], ARGV[4])
local PSEUDONYM = ARGV[5]
local KEPT_FIELDS = { progress = true, stalls = true, off = true, max = true, priority = true, fp = true, trace = true,
  tracestate = true, doubt = true, key = true }
for _, letter in ipairs({ FIELD.state, FIELD.type, FIELD.data, FIELD.target, FIELD.batch, FIELD.created, FIELD.started,
  FIELD.finished, FIELD.claims, FIELD.worker, FIELD.result }) do KEPT_FIELDS[letter] = true end

local function kept_data(lane, data)
  if #data >= 3 then
    data[1] = PSEUDONYM
  elseif lane == 'reservations' then
    data.customer = data.customer == NAME and PSEUDONYM or data.customer
  elseif lane == 'notifications' then
    data = { to = PSEUDONYM, message = '', channel = data.channel }
  else
    data = { customer = PSEUDONYM }
  end
  return cjson.encode(data)
end

-- A result in the form of the record (results.lua): a word, or JSON.
local function kept_outcome(lane, text)
  if not text or lane == 'reservations' or text:match('^%a+$') then return text end
  local is_json, result = pcall(cjson.decode, text)
  if not is_json or type(result) ~= 'table' or not result.outcome then return false end
  return cjson.encode({ outcome = result.outcome, channel = result.channel })
end

local function empty(id, job_type, key, data, result)
  local fields, gone = redis.call('HKEYS', KEY.job(id)), {}
  for _, name in ipairs(fields) do
    if not KEPT_FIELDS[name] then gone[#gone + 1] = name end
  end
  local kept = kept_outcome(lane_of(job_type), result)
  if result and not kept then gone[#gone + 1] = FIELD.result end
  if #gone > 0 then redis.call('HDEL', KEY.job(id), unpack(gone)) end
  redis.call('HSET', KEY.job(id), FIELD.data, kept_data(lane_of(job_type), data))
  if kept and kept ~= result then redis.call('HSET', KEY.job(id), FIELD.result, kept) end
  if key == NAME then redis.call('HSET', KEY.job(id), 'key', PSEUDONYM) end
  redis.call('UNLINK', KEY.log(id))
end

local function drop(id, job_type, state, batch)
  if batch and redis.call('EXISTS', KEY.batch(batch)) == 1 then
    redis.call('HSET', KEY.batch(batch), 'gone', '1') -- submit.lua has to look into its list
  end
  if state == 'failed' then ungroup_failed(id, job_type, redis.call('HGET', KEY.job(id), 'error')) end
  redis.call('ZREM', KEY.index(job_type, state), id)
  redis.call('ZREM', KEY.numbers(), id)
  redis.call('UNLINK', KEY.job(id), KEY.log(id))
end

local changed, open = {}, 0
for i = 6, #ARGV do
  local id = ARGV[i]
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, 'key', FIELD.data, FIELD.result)
  local data = f[5] and about_customer(f[4], f[5])
  if data then
    if f[1] == 'complete' then
      empty(id, f[2], f[4], data, f[6])
      changed[#changed + 1] = id
    elseif f[1] == 'failed' or f[1] == 'cancelled' then
      drop(id, f[2], f[1], f[3])
      changed[#changed + 1] = id
    else
      open = open + 1
    end
  end
end
if #changed > 0 then redis.call('SADD', KEY.rewritten_jobs(), unpack(changed)) end
return { #changed, open }
