-- ledger: add entries to the copy of a ledger.
--
-- ARGV[1] show or product   ARGV[2..] per entry: id, v, event, hold or operation, data
-- Returns how many.

for at = 2, #ARGV, 5 do
  redis.call('XADD', '{' .. ARGV[1] .. '}:log-copy', ARGV[at], 'v', ARGV[at + 1], 'event', ARGV[at + 2], 'id', ARGV[at + 3],
    'data', ARGV[at + 4])
end
return (#ARGV - 1) / 5
