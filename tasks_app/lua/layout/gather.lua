-- gather: shows or products of layout 1, and their agenda, move into the hash slot of the jobs.
--
-- ARGV[1] show | product   ARGV[2] how many at most
-- Returns how many. Keys that have their new name already stay as they are.

local list = '{inventories}:' .. ARGV[1]
local ids = redis.call('SRANDMEMBER', list, ARGV[2])
for _, id in ipairs(ids) do
  local target = ARGV[1] .. ':' .. id
  for _, part in ipairs({ 'meta', 'pool', 'holds', 'exp', 'cust', 'ops', 'log' }) do
    local old = '{' .. target .. '}:' .. part
    if redis.call('EXISTS', old) == 1 then redis.call('RENAMENX', old, '{jobs}:' .. target .. ':' .. part) end
  end
  for _, task in ipairs({ 'expire', 'forget' }) do
    local at = redis.call('ZSCORE', '{inventories}:' .. task, target)
    if at then redis.call('ZADD', '{jobs}:agenda:' .. task, 'LT', at, target) end
    redis.call('ZREM', '{inventories}:' .. task, target)
  end
  redis.call('SADD', '{jobs}:inventories:' .. ARGV[1], id)
  redis.call('SREM', list, id)
end
return #ids
