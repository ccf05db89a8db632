// The peer's state besides BullMQ's own: stock and holds per show.
'use strict'

const { Redis } = require('ioredis')

// hold: take units of a show and record the hold with its deadline, or refuse. A second time changes nothing.
//
// KEYS[1] show  HASH   KEYS[2] its holds  HASH   KEYS[3] their deadlines  ZSET   ARGV[1] job id   ARGV[2] units
// ARGV[3] customer
// Returns held | refused.
const HOLD = `
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 'held' end
local show = redis.call('HMGET', KEYS[1], 'capacity', 'held', 'hold_ms')
if not show[1] or tonumber(show[1]) - tonumber(show[2]) < tonumber(ARGV[2]) then return 'refused' end
local time = redis.call('TIME')
local deadline = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(show[3]))
redis.call('HINCRBY', KEYS[1], 'held', ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ' .. deadline .. ' ' .. ARGV[3])
redis.call('ZADD', KEYS[3], deadline, ARGV[1])
return 'held'
`

/** Where everything is kept. Without a limit of retries, as BullMQ wants it of a worker's connection. */
function connect () {
  const redis = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null })
  redis.defineCommand('hold', { numberOfKeys: 3, lua: HOLD })
  return redis
}

/** Put `capacity` units of one pool on sale. */
function createShow (redis, show, capacity, holdMs) {
  return redis.hset(`show:${show}`, { capacity, held: 0, hold_ms: holdMs })
}

/** "held" or "refused". */
function hold (redis, job, show, quantity, customer) {
  return redis.hold(`show:${show}`, `show:${show}:holds`, `show:${show}:deadlines`, job, quantity, customer)
}

module.exports = { connect, createShow, hold }
