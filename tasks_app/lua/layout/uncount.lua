-- uncount: units of customers are counted where they have a limit only.
--
-- ARGV[..] shows and products
-- Returns how many were counted for nothing.

local gone = 0
for _, target in ipairs(ARGV) do
  if redis.call('HEXISTS', '{jobs}:' .. target .. ':meta', 'max_per_customer') == 0 then
    gone = gone + redis.call('UNLINK', '{jobs}:' .. target .. ':cust')
  end
end
return gone
