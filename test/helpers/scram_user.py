"""Sets the password of a SCRAM user, which the tests' Kafka client can't.

usage: scram_user.py BOOTSTRAP MECHANISM NAME PASSWORD
"""

import sys

from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

bootstrap, mechanism, name, password = sys.argv[1:]
info = ScramCredentialInfo(ScramMechanism[mechanism.replace("-", "_")], 4096)
change = UserScramCredentialUpsertion(name, info, password.encode())
admin = AdminClient({"bootstrap.servers": bootstrap})
for result in admin.alter_user_scram_credentials([change]).values():
    result.result(timeout=10)
