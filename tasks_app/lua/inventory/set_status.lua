-- set_status: open, close or archive the sale. Holds of a closed sale may still be confirmed; nothing new is taken.
--
-- KEYS    see names.lua
-- ARGV[1] operation id   ARGV[2] on_sale | closed | archived
--
-- Returns {"status": "opened" | "closed" | "archived", at_ms}, or refused: unknown_inventory, already_cancelled, but not
--         for an archive; still_held {held} for an archive.
-- Event   opened, closed or archived {}, if it changed; expired for due holds, before an archive.
-- Cost    O(pools), and O(due holds) for an archive.
--
-- Operations may be repeated late and out of order, so `ops` keeps the first answer.

local EVENTS = {on_sale = 'opened', closed = 'closed', archived = 'archived'}

local first = redis.call('HGET', OPS, ARGV[1])
if first then return first end
if not open() then return refuse('unknown_inventory') end
local event = EVENTS[ARGV[2]]
local reply = string.format('{"status":"%s","at_ms":%d}', event, NOW)
if meta.status == ARGV[2] then return reply end
if event ~= 'archived' and redis.call('HEXISTS', META, 'cancelled') == 1 then return refuse('already_cancelled') end
if event == 'archived' then
  reap(math.huge)
  local held = total('held')
  if held > 0 then return finish(refuse('still_held', {held = held})) end
end
add_change(event, ARGV[1], {})
remember(ARGV[1], reply)
finish(reply)
redis.call('HSET', META, 'status', ARGV[2])
return reply
