#!/bin/sh
# Creates the secrets and folders of compose.yaml, with a copy of session.toml; keeps existing files.
# Run as root: each file belongs to the user of the one container that reads it, with mode 0600.
# Arguments: names and addresses, other than localhost, that Mosquitto's certificate is for.
set -eu
umask 077
cd "$(dirname "$0")"
for tool in openssl python3; do
  command -v "$tool" >/dev/null || { echo "secrets.sh needs $tool: install it" >&2; exit 1; }
done
INFLUXDB=1000 GRAFANA=472 MOSQUITTO=1883 PHYSIOMON=10001

own() { # FILE USER
  if test "$(id -u)" = 0; then chown "$2:$2" "$1"
  else echo "not root: give $1 to user number $2, or its container cannot read it" >&2; fi
}
secret() { # NAME USER
  test -s "secrets/$1" || openssl rand -hex 32 | tr -d '\n' >"secrets/$1"
  own "secrets/$1" "$2"
}

mkdir -p secrets/mosquitto-certs data/mosquitto config journals
test -s config/session.toml || cp session.toml config/session.toml
chmod 0600 config/session.toml
chmod 0644 mosquitto/mosquitto.conf # whatever the umask of the clone was
chmod 0600 mosquitto/acl            # Mosquitto warns of any other, and later versions will refuse it
own mosquitto/acl $MOSQUITTO
own config $PHYSIOMON
own config/session.toml $PHYSIOMON
own journals $PHYSIOMON
secret influx_admin_password $INFLUXDB
secret influx_admin_token $INFLUXDB
secret grafana_admin_password $GRAFANA
secret mqtt_password $PHYSIOMON
# tokens.sh fills these once InfluxDB runs.
for pair in influx_read_token:$GRAFANA influx_write_token:$PHYSIOMON; do
  touch "secrets/${pair%:*}"
  own "secrets/${pair%:*}" "${pair#*:}"
done

# Mosquitto 2 keeps PBKDF2 with SHA-512: $7$ITERATIONS$SALT$HASH.
test -s secrets/mosquitto_passwd || python3 - <<'PYTHON' >secrets/mosquitto_passwd
import base64, hashlib, os
salt = os.urandom(12)
secret = open("secrets/mqtt_password", "rb").read()
made = hashlib.pbkdf2_hmac("sha512", secret, salt, 20000)
print("physiomon:$7$20000$" + "$".join(base64.b64encode(part).decode() for part in (salt, made)))
PYTHON
own secrets/mosquitto_passwd $MOSQUITTO

# An authority for Mosquitto's certificate only; ca.key is kept, so that gateways trust the next one.
certs=secrets/mosquitto-certs
names="DNS:localhost,DNS:mosquitto,IP:127.0.0.1"
for name in "$@"; do
  case $name in *[!0-9.]*) names="$names,DNS:$name" ;; *) names="$names,IP:$name" ;; esac
done
if test -s $certs/server.pem && test "$(cat secrets/names)" != "$names" && test $# -gt 0; then
  echo "secrets.sh: the certificate is for $(cat secrets/names); for other names delete" \
    "deploy/$certs/server.pem and run it again" >&2
  exit 1
fi
if ! test -s secrets/ca.key; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj "/CN=physiomon authority" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout secrets/ca.key -out $certs/ca.pem 2>/dev/null
fi
if ! test -s $certs/server.pem; then
  echo "$names" >secrets/names
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=mosquitto" \
    -keyout $certs/server.key -out secrets/server.csr 2>/dev/null
  echo "subjectAltName=$names" >secrets/server.ext
  openssl x509 -req -in secrets/server.csr -CA $certs/ca.pem -CAkey secrets/ca.key -days 825 \
    -CAcreateserial -CAserial secrets/ca.srl -extfile secrets/server.ext -out $certs/server.pem \
    2>/dev/null
  rm secrets/server.csr secrets/server.ext
fi
chmod 0755 $certs # no secret but the key: physiomon reads the authority's certificate too
chmod 0644 $certs/ca.pem $certs/server.pem
own $certs/server.key $MOSQUITTO
own data/mosquitto $MOSQUITTO
