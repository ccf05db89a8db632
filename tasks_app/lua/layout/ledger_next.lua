-- ledger_next: entries of a ledger that are not in its copy yet.
--
-- ARGV[1] show or product   ARGV[2] how many at most

local last = redis.call('XREVRANGE', '{' .. ARGV[1] .. '}:log-copy', '+', '-', 'COUNT', 1)[1]
return redis.call('XRANGE', '{' .. ARGV[1] .. '}:log', last and '(' .. last[1] or '-', '+', 'COUNT', ARGV[2])
