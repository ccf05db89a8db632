-- pseudonyms: under which name Usher keeps what it knows of a customer that it has forgotten
-- (tasks_app/customers/pseudonyms.py makes the same).
local function pseudonym(name)
  local secret = redis.call('GET', KEY.pseudonym_secret()) or ''
  return 'forgotten-' .. redis.sha1hex(secret .. redis.sha1hex(secret .. name)):sub(1, 20)
end
