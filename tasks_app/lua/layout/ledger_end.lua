-- ledger_end: the copy, which is whole, takes the place of the ledger.
--
-- ARGV[1] show or product

redis.call('RENAME', '{' .. ARGV[1] .. '}:log-copy', '{' .. ARGV[1] .. '}:log')
