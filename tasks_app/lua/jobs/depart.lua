-- depart: a worker's process ends in order, so it leaves the list of workers, and its slots count no more.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] worker   ARGV[2] word of its process   ARGV[3..] its lanes
--
-- Returns nothing. No event. Cost O(lanes * log workers).
--
-- A process of the same name that has started meanwhile stays: it has another word.

local name = ARGV[1]
if redis.call('HGET', KEY.worker(name), 'boot') == ARGV[2] then
  local count = (redis.call('GET', KEY.doing(name)) or ''):match('^%d+')
  for i = 3, #ARGV do
    if count then redis.call('ZREM', KEY.slots(ARGV[i]), name .. ' ' .. count) end
  end
  redis.call('DEL', KEY.doing(name))
  redis.call('DEL', KEY.worker(name))
  redis.call('ZREM', KEY.workers(), name)
end
