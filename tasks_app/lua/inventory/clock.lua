-- clock: unix ms of this server, the only clock of the system. It stands still while a script runs.
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
