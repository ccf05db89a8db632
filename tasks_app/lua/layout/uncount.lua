-- uncount: removes the counts of customers' units where there is no limit.
--
-- ARGV[..] shows and products
-- Returns how many counts were needless.

local gone = 0
for _, target in ipairs(ARGV) do
  if redis.call('HEXISTS', '{jobs}:' .. target .. ':meta', 'max_per_customer') == 0 then
    gone = gone + redis.call('UNLINK', '{jobs}:' .. target .. ':cust')
  end
end
return gone
