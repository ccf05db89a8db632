-- numbers: the numbers of jobs. A job gets the next one when it is first asked for.
--
-- KEYS[1] {jobs}:events
-- ARGV    ids of jobs
--
-- Returns their numbers, in this order. No event. Cost O(jobs * log n).

local answers = {}
for i, id in ipairs(ARGV) do
  local number = tonumber(redis.call('ZSCORE', KEY.numbers(), id) or 0)
  if number == 0 then
    number = redis.call('INCR', KEY.last_number())
    redis.call('ZADD', KEY.numbers(), ms(number), id)
  end
  answers[i] = number
end
return answers
