"""Part 5: publishes four messages, each after a while; start `5_subscriber` first.

PUBLISH reaches the clients that listen at this moment and answers how many that were; none at all is no error. The
third message ends the subscriber, so nobody hears the fourth.
"""

import sched

import redis

from examples.endings import sentences
from usher import Settings

CHANNEL = "holberton school channel"

client = redis.Redis.from_url(Settings().redis_url)
timetable = sched.scheduler()  # one thread for all: a timer each might swap two messages when the machine is busy


def publish_message(message: str, time: int) -> None:
    """Announce a message and publish it after `time` ms, once the timetable runs."""
    timetable.enter(time / 1000, 0, send, (message,))


def send(message: str) -> None:
    """Announce it and publish it now."""
    print(f"About to send {message}", flush=True)
    client.publish(CHANNEL, message)


if __name__ == "__main__":
    publish_message("Holberton Student #1 starts course", 100)
    publish_message("Holberton Student #2 starts course", 200)
    publish_message("KILL_SERVER", 300)
    publish_message("Holberton Student #3 starts course", 400)
    with sentences():
        timetable.run()
