-- looks: a show or product is found by its code, and the clock looks at it.
--
-- ARGV[1] show or product   ARGV[2] its entry among the codes

redis.call('ZADD', '{inventories}:codes', 0, ARGV[2])
redis.call('ZADD', '{inventories}:expire', 'NX', 0, ARGV[1])
redis.call('ZADD', '{inventories}:forget', 'NX', 0, ARGV[1])
