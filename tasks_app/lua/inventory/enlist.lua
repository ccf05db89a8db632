-- enlist: put the holds of a show or product into the lists by which reservations are found, where a release before this
-- one took them. The release before knows no lists, and may work beside this one.
--
-- KEYS    see names.lua
-- ARGV[1] about how many holds in one call   ARGV[2] as in reserve.lua
--
-- Returns 1 when all holds are in their lists, 0 when the agenda has more to do at once.
-- Event   none.   Cost O(1) when there is nothing to do, otherwise O(ARGV[1]).
--
-- In meta, `listed` is the version of the ledger up to which all holds are listed. Scripts that write the ledger take it
-- along if it was up to date; those of the release before leave it behind, and then a walk through all holds begins:
-- `enlisting` is its cursor. When it ends, `listed` shows whether the release before wrote meanwhile; then it begins anew.

local f = redis.call('HMGET', META, 'v', 'listed', 'enlisting')
if not f[1] or f[1] == f[2] and not f[3] then return 1 end
if not f[3] then redis.call('HSET', META, 'listed', f[1]) end

local declared = cjson.decode(ARGV[2])
local walk = redis.call('HSCAN', HOLDS, f[3] or '0', 'COUNT', ARGV[1])
for i = 1, #walk[2], 2 do enlist(walk[2][i], cjson.decode(walk[2][i + 1]), declared) end
write_listings()
if walk[1] ~= '0' then
  redis.call('HSET', META, 'enlisting', walk[1])
else
  redis.call('HDEL', META, 'enlisting')
  if not f[3] or f[1] == f[2] then return 1 end
end
redis.call('ZADD', KEY.agenda('forget'), 'XX', 0, TARGET)
return 0
