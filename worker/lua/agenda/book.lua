-- book: after a look, note when the next one is due; unless somebody asked for one meanwhile.
--
-- KEYS[1] the agenda, see tasks_app/keys.py
-- ARGV[1] the score that stands for the claim   ARGV[2..] target, next look in unix ms or "" for none, target, ...
--
-- Returns nothing.   Event none.   Cost O(targets * log n).

local claimed = tonumber(ARGV[1])
for i = 2, #ARGV, 2 do
  local target, following = ARGV[i], ARGV[i + 1]
  if tonumber(redis.call('ZSCORE', KEYS[1], target) or -1) == claimed then
    if following == '' then
      redis.call('ZREM', KEYS[1], target)
    else
      redis.call('ZADD', KEYS[1], following, target)
    end
  end
end
