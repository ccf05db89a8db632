-- complete: complete jobs move from an index into a list, in the order in which they ended.
--
-- ARGV[1] type   ARGV[2] how many at most
-- Returns how many. Their records say when they ended.

local from, to = '{jobs}:index:' .. ARGV[1] .. ':complete', '{jobs}:complete:' .. ARGV[1]
local rows = redis.call('ZRANGE', from, 0, ARGV[2] - 1, 'WITHSCORES')
for n = 1, #rows, 2 do
  local record = '{jobs}:job:' .. rows[n]
  if redis.call('EXISTS', record) == 1 then
    redis.call('HSETNX', record, 'finished', string.format('%d', rows[n + 1]))
    redis.call('RPUSH', to, rows[n])
  end
  redis.call('ZREM', from, rows[n])
end
return #rows / 2
