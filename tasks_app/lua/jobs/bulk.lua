-- bulk: do the same to some jobs for a bulk operation, and note in its record, in the same step, what became of them.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] id of the operation's job   ARGV[2] its fence   ARGV[3] lease, ms   ARGV[4] per cent done   ARGV[5] where it goes
-- on, JSON: {at: anything}   ARGV[6] what became of other jobs, JSON as below   ARGV[7] 1 = write the event
-- ARGV[8] action: cancel | replay | run_now | priority | delete | none   ARGV[9] the priority   ARGV[10] the moment at
-- which the operation was asked for, unix ms   ARGV[11] states in which it finds its jobs, with blanks between
-- ARGV[12] 1 = also those that came into their state after that moment   ARGV[13] 1 = skipped jobs are not counted
-- ARGV[14..] job ids
--
-- Returns {1, wake-ups}, or {0, {}} when the fence is stale: somebody stopped it, or another worker has it, and nothing
--         was done.
-- Events  progress, and those of the actions. Cost O(jobs), for complete jobs as in changing.lua.
--
-- The record's progress_data: {at, done, skipped = {reason -> how many}, failed = {code -> how many}, examples =
-- {reason or code -> some ids}}. A job that came later, or into its state later, was not meant: it is not counted.
-- Skipped: `gone`, forgotten; `changed`, in another state by now; `not_possible`, as of a job whose units may be taken.

local EXAMPLES = 3
local own, lease, action, priority, asked_ms = ARGV[1], ARGV[3], ARGV[8], ARGV[9], tonumber(ARGV[10])
local operation = running(own)
if not ours(operation, ARGV[2]) then return { 0, {} } end

local text = redis.call('HGET', KEY.job(own), 'progress_data')
local so_far = text and cjson.decode(text) or { done = 0, skipped = {}, failed = {}, examples = {} }
local states = {}
for state in ARGV[11]:gmatch('%a+') do states[state] = true end

local function add(kind, word, count, ids)
  so_far[kind][word] = (so_far[kind][word] or 0) + count
  local some = so_far.examples[word] or {}
  for _, id in ipairs(ids) do
    if #some < EXAMPLES then some[#some + 1] = id end
  end
  if #some > 0 then so_far.examples[word] = some end
end

local function skip(word, id)
  if ARGV[13] ~= '1' then add('skipped', word, 1, { id }) end
end

-- When a job came into its state, as far as its record says: of a job that its handler snoozed, when that attempt began.
local function came_at(id, state, type, f)
  if state == 'complete' or state == 'failed' or state == 'cancelled' then return tonumber(f[5] or 0) end
  if state == 'active' then return tonumber(f[6] or 0) end
  if state == 'queued' then
    local score = tonumber(redis.call('ZSCORE', KEY.index(type, 'queued'), id) or 0)
    return math.floor((score % LEVEL + SINCE_US) / 1000)
  end
  local made = tonumber(f[7] or 0) - tonumber(f[8] or 0)
  local attempt = made > 0 and redis.call('HGET', KEY.job(id), 'try:' .. ms(made))
  return attempt and tonumber(cjson.decode(attempt).finished_ms) or tonumber(f[6] or 0)
end

local function act(id)
  if action == 'cancel' then return cancel_one(id) end
  if action == 'run_now' then return queue_now(id) end
  if action == 'priority' then return prioritise_one(id, priority) end
  if action == 'delete' then return forget_one(id) end
  local job = running(id)
  local answer, state = may_replay(id, job)
  if answer == 'done' then queue_again(id, job) end
  return answer, state
end

local function look_at(id)
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.created, 'priority', FIELD.finished,
    FIELD.started, FIELD.claims, 'off')
  local state, type = f[1], f[2]
  if not state then return skip('gone', id) end
  if type == operation.type or tonumber(f[3]) > asked_ms then return end
  if not states[state] then return skip('changed', id) end
  if ARGV[12] ~= '1' and came_at(id, state, type, f) > asked_ms then return end
  if action == 'priority' and tonumber(f[4] or 0) == tonumber(priority) then return end
  if act(id) == 'done' then so_far.done = so_far.done + 1 else skip('not_possible', id) end
end

if action ~= 'none' then
  for i = 14, #ARGV do look_at(ARGV[i]) end
end
local others = cjson.decode(ARGV[6])
so_far.done = so_far.done + (others.done or 0)
for _, kind in ipairs({ 'skipped', 'failed' }) do
  for word, ids in pairs(others[kind] or {}) do
    if type(ids) == 'number' then add(kind, word, ids, {}) else add(kind, word, #ids, ids) end
  end
end
so_far.at = cjson.decode(ARGV[5]).at
text = cjson.encode(so_far)
redis.call('HSET', KEY.job(own), 'progress', ARGV[4], 'progress_data', text)
redis.call('ZADD', KEY.index(operation.type, 'active'), ms(heard_by(operation, tonumber(lease))), own)
if ARGV[7] == '1' then
  tell('progress', own, operation.type, operation.batch, '{"progress":' .. ARGV[4] .. ',"progress_data":' .. text .. '}')
end
return { 1, wakes() }
