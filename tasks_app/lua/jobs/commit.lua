-- commit: take a request whose parts are staged, all or nothing. Once taken, all its jobs will be recorded.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most queued jobs of one type   ARGV[2] most types that have jobs   ARGV[3] jobs of a staged part
-- ARGV[4] token of the request: an id and the type of its first job   ARGV[5] parts that it has
-- ARGV[6] ms after which maintenance goes on if the caller does not   ARGV[7] outline of the request, as a part
-- ARGV[8] batches that its jobs are in, JSON
--
-- Returns "taken" | "conflict" | "full" | "types" | "refused ..." | "gone" (the parts have expired: nothing was taken)
-- No event: no job is there yet; fill.lua records them. Cost O(jobs that may be known + types).

local token, batches_of = ARGV[4], cjson.decode(ARGV[8])
local list = KEY.staged(token)
if redis.call('LLEN', list) ~= tonumber(ARGV[5]) then return 'gone' end
local part = cjson.decode(ARGV[7])
local refused = obstacle(part, { tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]) })
if refused then
  redis.call('UNLINK', list)
  return refused
end
for i = 3, #part do
  local id, type, unique = part[i][1], part[i][2], part[i][9]
  redis.call('SADD', KEY.types(), type)
  -- This job was not refused for its key, so nobody else may take the key until the job is recorded.
  if unique and unique[1] == 'refuse' and not known[id] then redis.call('SET', KEY.unique(type, unique[3]), '+' .. id) end
end
for _, batch in ipairs(batches_of) do
  open_batch(batch, part[2])
  redis.call('HINCRBY', KEY.batch(batch), 'filling', 1)
end
redis.call('RPUSH', list, ARGV[8]) -- after the last part: then these batches are complete
redis.call('PERSIST', list)
redis.call('ZADD', KEY.filling(), ms(now + tonumber(ARGV[6])), token)
return 'taken'
