-- alike: failed jobs are also in groups, by type and kind of error: what failed alike is counted, found and replayed
-- together. A job enters its group in the step in which it fails, and leaves it in the step in which it leaves its state.
--
-- The kind is the code of the error; for an exception of a handler, whose code is `error`, it is `error:` and the name of
-- its class, which begins the message (tasks_app/jobs/failures.py has the same). A type has at most KINDS kinds; what
-- comes then is in the group of the kind '', together. Programs of an earlier release know no groups: what they leave out
-- or behind, the census puts right (regroup.lua).

local KINDS, CLASS = 100, 100 -- most kinds of a type; most characters of a class's name
local is_kind = {} -- type, newline, kind -> the group that its jobs are in

local function kind_of(error)
  local is_json, told = pcall(cjson.decode, error or '')
  if not is_json or type(told) ~= 'table' or type(told.code) ~= 'string' then return '' end
  if told.code ~= 'error' or type(told.message) ~= 'string' then return told.code end
  local class = told.message:match('^([%a_][%w_]*)$') or told.message:match('^([%a_][%w_]*):')
  return class and #class <= CLASS and 'error:' .. class or 'error'
end

-- Put a failed job into the group of its error, which is JSON; it failed at `at`, unix ms.
local function group_failed(id, job_type, error, at)
  local kind = kind_of(error)
  local both = job_type .. '\n' .. kind
  if not is_kind[both] then
    local kinds = KEY.failure_kinds(job_type)
    if redis.call('SISMEMBER', kinds, kind) == 0 then
      if redis.call('SCARD', kinds) >= KINDS then kind = '' end
      redis.call('SADD', kinds, kind)
    end
    is_kind[both] = kind
  end
  redis.call('ZADD', KEY.failed_alike(job_type, is_kind[both]), ms(at), id)
end

-- Take a job out of the group of its error. The group goes with its last job.
local function ungroup_failed(id, job_type, error)
  local kind = kind_of(error)
  if redis.call('ZREM', KEY.failed_alike(job_type, kind), id) == 0 then
    kind = ''
    redis.call('ZREM', KEY.failed_alike(job_type, kind), id)
  end
  if redis.call('EXISTS', KEY.failed_alike(job_type, kind)) == 0 then
    redis.call('SREM', KEY.failure_kinds(job_type), kind)
    is_kind = {}
  end
end
