#!/bin/bash
# start_coho.sh <x> <run dir> <port> <origin port>   (COHO_BIN: another binary than the release build; the keys are those of servers.toml)
B=$(dirname "$(readlink -f "$0")"); mkdir -p "$2/data"
export COHO_ACCESS_KEY_ID=COHOBENCH COHO_ACCESS_KEY_SECRET=cohobenchsecret0123456789abcdef
# --mirror makes bucket `bench`, public-read, with one mirror rule, and admits that origin
# The bucket's limits are OSS's own until they are lifted; that would be what is measured.
( for _ in $(seq 100); do
    "${COHO_BIN:-$B/../target/release/coho}" mirror limit bench --qps none --bandwidth none --data-dir "$2/data" >/dev/null 2>&1 && exit
    sleep 0.1
  done ) &
# Not as an option: earlier versions that are measured have no console.
export COHO_CONSOLE_LISTEN=off
exec "${COHO_BIN:-$B/../target/release/coho}" serve --data-dir "$2/data" --listen 127.0.0.1:$3 --admin-listen 127.0.0.1:$(($3+1)) \
  --base-domain oss.localhost --mirror "bench=http://127.0.0.1:$4/"
