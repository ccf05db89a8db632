-- cancel: end the sale of a show that does not take place. Nothing is sold any more, and it cannot be opened again.
--
-- KEYS    see names.lua
-- ARGV[1] operation id   ARGV[2] the batch whose jobs are to release all reservations
--
-- Returns {"status": "cancelled", batch}, or refused: unknown_inventory. `batch` is that of the first cancellation: the
--         ids of its jobs follow from it, so nothing is released or told twice.
-- Event   cancelled {batch}, if it was not.   Cost O(pools).

if not open() then return refuse('unknown_inventory') end
local batch = redis.call('HGET', META, 'cancelled')
if not batch then
  batch = ARGV[2]
  add_change('cancelled', ARGV[1], {'batch', cjson.encode(batch)})
  finish()
  redis.call('HSET', META, 'status', 'cancelled', 'cancelled', batch)
end
return '{"status":"cancelled","batch":' .. cjson.encode(batch) .. '}'
