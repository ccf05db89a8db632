-- ledger_end: the finished copy replaces the ledger.
--
-- ARGV[1] show or product

redis.call('RENAME', '{' .. ARGV[1] .. '}:log-copy', '{' .. ARGV[1] .. '}:log')
