-- note_change: write an entry of the audit log, in place of the one that said that its change begins.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] id of the entry that this one replaces; "" = none   ARGV[2] the entry, JSON
-- ARGV[3] ms for which entries are kept   ARGV[4] how many are kept
--
-- Returns the id of the entry. No event. Cost O(entries that are kept no longer).

local log = KEY.audit_log()
if ARGV[1] ~= '' then redis.call('XDEL', log, ARGV[1]) end
local id = redis.call('XADD', log, 'MAXLEN', ARGV[4], '*', 'e', ARGV[2])
redis.call('XTRIM', log, 'MINID', ms(now - tonumber(ARGV[3])))
redis.call('PEXPIRE', log, ARGV[3]) -- what is too old goes, even if nothing is written any more
return id
