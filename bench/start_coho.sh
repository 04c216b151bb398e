#!/bin/bash
# start_coho.sh <x> <run dir> <port> <origin port>   (COHO_BIN: another binary than the release build; the keys are those of servers.toml)
B=$(dirname "$(readlink -f "$0")"); mkdir -p "$2/data"
export COHO_ACCESS_KEY_ID=COHOBENCH COHO_ACCESS_KEY_SECRET=cohobenchsecret0123456789abcdef
# --mirror makes bucket `bench`, public-read, with one mirror rule, and admits that origin
exec "${COHO_BIN:-$B/../target/release/coho}" serve --data-dir "$2/data" --listen 127.0.0.1:$3 --admin-listen 127.0.0.1:$(($3+1)) \
  --base-domain oss.localhost --mirror "bench=http://127.0.0.1:$4/"
