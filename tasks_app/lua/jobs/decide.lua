-- decide: takes jobs about reservations, of one type, from the backlog to their outcomes in one commit: holds,
-- ledgers, the agenda, records, indexes and events. It claims no job, so no lease can delay anybody.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] type   ARGV[2] lane of the wake-up   ARGV[3] worker   ARGV[4] token of the turn
-- ARGV[5] most jobs; 0 = the turn ends   ARGV[6] ms for which the slot waits for more if idle, 0 = the turn ends
-- ARGV[7] 1 = tell the traces of what it decided   ARGV[8] as ARGV[2] of inventory/reserve.lua
--
-- Returns {how many it decided, how many of the next go the ordinary way, wake-ups, weight of the type, {id, why it
--         failed or ""} of each job from the classic routes, {id, traceparent and tracestate, score} of each with a trace, 1 when the
--         turn has ended, as its worker is quiet (steer.lua)}
-- Events  active and complete, or failed, of each job; those of the ledgers. Cost O(jobs * lines + shows * pools).
--
-- It decides jobs as they usually come from the API: queued, about a show or product, in their first attempt, in no
-- batch, without a ttl or a unique key, of no paused group, with valid data; and of a type without limits and keys. All
-- other jobs go the ordinary way (turn.lua, the handler, settle.lua), and the later jobs of the same show go with them,
-- so that no job overtakes another. So do all jobs of a show whose numbers are impossible: its script stopped before it
-- wrote anything (inventory/names.lua), and those of other shows went on. So do jobs that found no hold although
-- there is a record of their reservation: the handler knows how long to wait for it.

local job_type, lane, worker, token = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local most, lingers, tells_traces, find_by = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1', ARGV[8]
local SHOWS = 50 -- in one script: each may have a thousand due holds

local pauses = {}
for _, group in ipairs(redis.call('HKEYS', KEY.pauses())) do pauses[group] = true end

local met, groups, targets = {}, {}, {} -- jobs in order; target -> {jobs, requests, ordinary}; targets in order

-- Put a job into the group of its target, unless it goes the ordinary way. False when there are too many targets.
local function meet(id, score)
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.target, FIELD.data, FIELD.batch, FIELD.claims, 'snoozed',
    'ttl', 'unique', 'metadata')
  local target = f[2] or ''
  if pauses[target] or f[4] and pauses['batch:' .. f[4]] or f[1] ~= 'queued' then -- turn.lua treats it
    met[#met + 1] = { id = id }
    return true
  end
  local group = groups[target]
  if not group then
    if #targets == SHOWS then return false end
    group = { jobs = {}, requests = {}, ordinary = false }
    groups[target], targets[#targets + 1] = group, target
  end
  local job = { id = id, score = score }
  met[#met + 1] = job
  local data, request
  if not group.ordinary and target ~= '' and not (f[4] or f[5] or f[6] or f[7] or f[8]) then
    data, request = request_of(job_type, id, f[3], f[9])
  end
  if request then
    job.strict, job.reservation = data.strict, data.reservation
    group.jobs[#group.jobs + 1], group.requests[#group.requests + 1] = job, request
  else
    group.ordinary = true
  end
  return true
end

paused[job_type] = pauses['type:' .. job_type] or pauses['queue:' .. lane_of(job_type)] or false
local rule = rules_of(job_type)
local is_limited, emptied = rule.at_once or rule.rate or has_keys(job_type), false
if redis.call('HEXISTS', KEY.worker(worker), 'quiet') == 1 then
  note_slot(job_type, lane, token, nil, 0, 0, false, 0, false, false)
  return { 0, 0, wakes(), rule.weight or 1, {}, {}, 1 }
end
if most > 0 and is_limited then return { 0, most, wakes(), rule.weight or 1, {}, {}, 0 } end
if most > 0 and not paused[job_type] then
  local before = '(' .. ms(HELD_BACK)
  local rows = redis.call('ZRANGE', KEY.index(job_type, 'queued'), '-inf', before, 'BYSCORE', 'LIMIT', 0, most,
    'WITHSCORES')
  for at = 1, #rows, 2 do
    if not meet(rows[at], rows[at + 1]) then break end
  end
  emptied = #rows < 2 * most and 2 * #met == #rows
end

-- The outcome and, as JSON, the result: the same as `result` in worker/inventory/reservations.py.
local function read(answer)
  local word = answer:match('^{"status":"(%a+)","')
  if word and word ~= 'refused' then return word, '{"outcome":"' .. word .. '"}' end
  local numbers = cjson.decode(answer)
  numbers.outcome, numbers.status = numbers.status, nil
  return numbers.outcome, cjson.encode(numbers), numbers.code
end

for _, target in ipairs(targets) do
  local group = groups[target]
  if #group.jobs > 0 then
    local is_done, answers = pcall(at_inventory, { KEY.inventory(target, 'meta') }, { group.requests, find_by, 0 })
    for i, job in ipairs(is_done and group.jobs or {}) do
      job.word, job.result, job.code = read(answers[i])
      if job.code == 'hold_not_found' and redis.call('EXISTS', KEY.job(job.reservation)) == 1 then job.word = nil end
    end
  end
end

local SHORT = { reserve_seat = 'Not enough seats available', reserve_stock = 'Not enough stock available' }
local gone, done, told, traces = {}, {}, {}, {}
for _, job in ipairs(met) do
  if job.word then
    gone[#gone + 1] = job.id
    local trace = tells_traces and redis.call('HGET', KEY.job(job.id), 'trace')
    if trace then
      local vendors = redis.call('HGET', KEY.job(job.id), 'tracestate')
      traces[#traces + 1] = { job.id, vendors and trace .. ' ' .. vendors or trace, job.score }
    end
    meter_wait(job_type, job.score)
    meter_outcome(job_type, job.word)
  end
  if job.word and job.strict and job.word == 'refused' then
    tell('active', job.id, job_type)
    local why = job.code == 'sold_out' and SHORT[job_type] or job.code
    redis.call('HSET', KEY.job(job.id), FIELD.claims, '1', FIELD.started, ms(now), FIELD.worker, worker)
    attempt_failed(job.id, { claims = 1, off = 0, max = 1, type = job_type, batch = '' },
      cjson.encode({ code = 'permanent', message = why }), true)
    told[#told + 1] = { job.id, why }
  elseif job.word then
    -- It started and ended at the same moment, which is stored once (tasks_app/jobs/job.py, `started`).
    redis.call('HSET', KEY.job(job.id), FIELD.state, 'complete', FIELD.claims, '1', FIELD.worker, worker,
      FIELD.result, kept_result(job.result), FIELD.finished, ms(now))
    done[#done + 1] = job.id
    tell('active complete', job.id, job_type, nil, #job.result <= 4096 and job.result or '{"large":true}')
    if job.strict then told[#told + 1] = { job.id, '' } end
  end
end
if #gone > 0 then redis.call('ZREM', KEY.index(job_type, 'queued'), unpack(gone)) end
if #done > 0 then redis.call('RPUSH', KEY.complete(job_type), unpack(done)) end
local left = #met - #gone
note_slot(job_type, lane, token, nil, #met, most, false, lingers, false, emptied and left == 0)
return { #gone, left, wakes(), rule.weight or 1, told, traces, 0 }
