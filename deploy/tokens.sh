#!/bin/sh
# Creates two tokens in the running InfluxDB: a write-only one for physiomon, and a read-only one for
# Grafana. InfluxDB shows them once; they are stored only in deploy/secrets.
set -eu
cd "$(dirname "$0")"
influx() { docker compose exec -T influxdb influx "$@"; }

bucket=$(influx bucket list --name physiomon --hide-headers | cut -f1)
test -n "$bucket" || { echo "InfluxDB has no bucket physiomon: is it healthy?" >&2; exit 1; }
known=$(influx auth list --json)

token() { # FILE FLAG WHAT-FOR
  if test -s "secrets/$1"; then
    case $known in
      *"\"$3\""*) echo "secrets/$1 is there already: nothing done" >&2; return ;;
    esac
    echo "secrets/$1 is of a database that is gone: it is replaced" >&2
  fi
  made=$(influx auth create "$2" "$bucket" --description "$3" --json |
    sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
  test -n "$made" || { echo "InfluxDB made no token for $3" >&2; exit 1; }
  printf %s "$made" >"secrets/$1" # the file keeps its owner and its mode
}
token influx_write_token --write-bucket "physiomon: write only"
token influx_read_token --read-bucket "Grafana: read only"
