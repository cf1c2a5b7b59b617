# environment = "prod" | port = 9940 | high_water_mark = 0
import socket
hostname = socket.gethostname().split('.', 1)[0]
config = {
    'environment': 'prod',
    'high_water_mark': 0,
    'fedmsg.consumers.gateway.port': 9940,
    'certnames': {'shell.' + hostname: 'shell-%s' % hostname},
    'not_known_here': (1, [2, {'three': None}]),
}
