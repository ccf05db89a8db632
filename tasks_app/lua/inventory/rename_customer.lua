-- rename_customer: replace a customer's name by a pseudonym in one show or product, a part in each call. A stream cannot
-- be edited, so its ledger is copied under the same ids; the call that copies its end puts the copy in its place, and
-- renames the customer's holds, counter and lists in the same step: at every moment the ledger tells what is stored.
--
-- KEYS    see names.lua
-- ARGV[1] token of the lock   ARGV[2] how long the lock lasts, ms   ARGV[3] the name   ARGV[4] its pseudonym
-- ARGV[5] entries to copy at most   ARGV[6] 1 to begin anew
--
-- Returns {1, how many holds were renamed, how many changes name the customer}, or {0} when more is to be copied. Fails
--         with LOST when another worker has the lock, TOO_MANY when the customer has more than MOST_HOLDS reservations.
-- Event   none: versions, sums and ids stay as they are.
-- Cost    O(ARGV[5]), at the end O(the customer's reservations); meanwhile the memory of the copy.
--
-- What a hold says about its customer in `metadata` goes, with the lists by it. `forgot` in meta makes limits count what
-- the customer had under the pseudonym, too (deadlines.lua).

local NAME, PSEUDONYM, MOST, MOST_HOLDS = ARGV[3], ARGV[4], tonumber(ARGV[5]), 5000
local COPY, OWN, CHANGED = KEY.rewritten(), KEY.rewritten_reservations(), KEY.rewritten_operations()
local TAKEN, BY_JOBS = {held = true, sold = true}, {extended = true, reduced = true}

if redis.call('GET', KEY.forgetting_lock()) ~= ARGV[1] then error({err = 'LOST the lock'}) end
redis.call('PEXPIRE', KEY.forgetting_lock(), ARGV[2])
if ARGV[6] == '1' then redis.call('UNLINK', COPY, OWN, CHANGED) end

local function note(key, ids)
  for i = 1, #ids, CHUNK do redis.call('SADD', key, unpack(ids, i, math.min(i + CHUNK - 1, #ids))) end
end

-- The data of an entry by which units were taken, with the pseudonym (ledger.lua, `told_of`).
local function renamed(ids, text)
  local told, own = cjson.decode(text), {}
  if #ids == 1 then
    if told.customer ~= NAME then return text end
    told.customer, own = PSEUDONYM, ids
  elseif told[1].customer == NAME then
    told[1].customer, own = PSEUDONYM, ids
  else
    for i, customer in ipairs(told[2].customer or {}) do
      if customer == NAME then told[2].customer[i], own[#own + 1] = PSEUDONYM, ids[i] end
    end
  end
  if #own == 0 then return text end
  note(OWN, own)
  return cjson.encode(told)
end

local function note_operations(ids, text)
  local told, jobs = cjson.decode(text), {}
  for i, is_own in ipairs(redis.call('SMISMEMBER', OWN, unpack(ids))) do
    if is_own == 1 then jobs[#jobs + 1] = #ids == 1 and told.job or told[2].job[i] end
  end
  note(CHANGED, jobs)
end

local function copy()
  local last = redis.call('XREVRANGE', COPY, '+', '-', 'COUNT', 1)[1]
  local entries = redis.call('XRANGE', LOG, last and '(' .. last[1] or '-', '+', 'COUNT', MOST)
  for _, entry in ipairs(entries) do
    local fields, ids = entry[2], {}
    for id in fields[6]:gmatch('%S+') do ids[#ids + 1] = id end
    if TAKEN[fields[4]] then fields[8] = renamed(ids, fields[8]) end
    if BY_JOBS[fields[4]] then note_operations(ids, fields[8]) end
    redis.call('XADD', COPY, entry[1], unpack(fields))
  end
  return #entries < MOST
end

-- The same hold under the pseudonym, or nil if it is not the customer's.
local function disowned(hold)
  if hold[CUSTOMER] ~= NAME then return nil end
  hold[CUSTOMER] = PSEUDONYM
  if hold[METADATA] then hold[METADATA] = '' end
  return hold
end

local function rename_holds(ids)
  fetch(ids)
  local pairs_of, count = {}, 0
  for _, id in ipairs(ids) do
    local hold = hold_of(id)
    if hold and hold[CUSTOMER] == NAME then
      delist(id, hold)
      enlist(id, disowned(hold), {})
      pairs_of[#pairs_of + 1], pairs_of[#pairs_of + 2] = id, cjson.encode(hold)
      count = count + 1
    end
  end
  write_listings()
  listings = {}
  write('HSET', HOLDS, pairs_of)
  return count
end

-- Answers that are remembered have the hold as it was.
local function rename_answers(operations)
  local answers = {}
  for i, text in ipairs(redis.call('HMGET', OPS, unpack(operations))) do
    local told = text and cjson.decode(text)
    if told and told.hold and disowned(told.hold) then
      answers[#answers + 1], answers[#answers + 2] = operations[i], cjson.encode(told)
    end
  end
  write('HSET', OPS, answers)
end

local function in_parts(key, change)
  local all, count = redis.call('SMEMBERS', key), 0
  for i = 1, #all, CHUNK do
    local part = {unpack(all, i, math.min(i + CHUNK - 1, #all))}
    count = count + (change(part) or 0)
  end
  return count
end

if not copy() then return {0} end
if redis.call('EXISTS', META) == 0 then -- it was deleted meanwhile
  redis.call('UNLINK', COPY, OWN, CHANGED)
  return {1, 0, 0}
end
local taken = redis.call('SCARD', OWN)
if taken > MOST_HOLDS then error({err = 'TOO_MANY reservations'}) end

local about = redis.call('XINFO', 'STREAM', LOG)
local info = {}
for i = 1, #about, 2 do info[about[i]] = about[i + 1] end
redis.call('XSETID', COPY, info['last-generated-id'], 'ENTRIESADDED', info['entries-added'],
           'MAXDELETEDID', info['max-deleted-entry-id'])
redis.call('RENAME', COPY, LOG)
local count = in_parts(OWN, rename_holds)
in_parts(CHANGED, rename_answers)
local units = redis.call('HGET', CUST, NAME)
if units then
  redis.call('HDEL', CUST, NAME)
  redis.call('HINCRBY', CUST, PSEUDONYM, units)
end
redis.call('HSET', META, 'forgot', '1')
redis.call('UNLINK', OWN, CHANGED)
return {1, count, taken}
