"""Part 4: a hash, which is a small table under one key.

HSET answers how many fields are new: 1 for each at the first run, 0 when it only overwrites them. One HGETALL gives
the whole table, so fields that belong together are read with one command; Usher keeps the record of a job this way.
"""

import redis

from examples.endings import sentences
from usher import Settings

KEY = "HolbertonSchools"
SCHOOLS = {"Portland": 50, "Seattle": 80, "New York": 20, "Bogota": 20, "Cali": 40, "Paris": 2}

if __name__ == "__main__":
    client = redis.Redis.from_url(Settings().redis_url, decode_responses=True)
    with sentences():
        for city, value in SCHOOLS.items():
            print(f"Reply: {client.hset(KEY, city, value)}")
        print(client.hgetall(KEY))
