"""Which services of Apprise know their recipients by ids: a list, so that the API need not load Apprise."""

# Schemes of Apprise 2.3.0 whose services have recipients and look for no telephone numbers; a test compares them with
# Apprise. For all other services, digits are telephone numbers.
_IDENTIFYING = """
acs amqp amqps aprs azure bale bark barks betterstack brevo cliq dapnet deltachat deltachats fcm flock goalert
goalerts gorush gorushs groundmail hassio hassios humhub humhubs instagram irc ircs jira join kakao kakaotalk
kook line mailersend mailgun mailto mailtos mastodon mastodons matrix matrixs mmost mmosts mqtt mqtts ncloud
nclouds nctalk nctalks nostr notifiarr ntfy ntfys o365 onebot onebots onesignal opsgenie pbul postmark pover
psafer psafers pushed pushplus pushy reddit resend revolt rocket rockets sendgrid sendpulse ses session sessions
signalgrid simplepush slack smtp2go sogs sparkpost spush tgram toot toots trigv trigvs tweet twist twitter vapid
viber webex wechat wecom wpush wxpusher wxteams x xmatters xmpp xmpps zalo zcliq zohocliq zulip
"""
IDENTIFYING = frozenset(_IDENTIFYING.split())


def dials(url: str) -> bool:
    """Does the service of this Apprise URL take digits for telephone numbers? True for an unknown service."""
    return url.partition("://")[0].strip().lower() not in IDENTIFYING
