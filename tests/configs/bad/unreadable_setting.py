# unreadable_setting.py:3 | topic_prefix | open(
config = dict(
    topic_prefix=open("/etc/hostname").read(),
)
