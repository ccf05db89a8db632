-- sandbox: let every notification go to the console from now on, and note who wants it and why.
--
-- KEYS[1] {notices}:sandbox
-- ARGV[1] who   ARGV[2] why
--
-- Returns nothing. No event. Cost O(1).
--
-- If it is on already, it stays so since it was switched on first; who and why are said anew.

local clock = redis.call('TIME')
redis.call('HSETNX', KEYS[1], 'since', string.format('%d', clock[1] * 1000 + math.floor(clock[2] / 1000)))
redis.call('HSET', KEYS[1], 'by', ARGV[1], 'reason', ARGV[2])
