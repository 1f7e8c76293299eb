#!/usr/bin/env bash
# aws-msk-iam-sasl-signer-js 1.0.3: where credentials end within 15 minutes, the token's X-Amz-Expires is no whole number.
#
# The signer takes the rest of the credentials' life, in ms, divides it by 1,000 and signs the quotient. Signature Version 4 wants whole seconds. Credentials
# of a machine, a container or a pod are in their last 15 minutes again and again, so this comes and goes. AWS's Java signer rounds down.
#
# Seen: with AWS_CREDENTIAL_EXPIRATION five minutes ahead, X-Amz-Expires is a number like 300.033. Without it, it is 900.
set -euo pipefail

signer=1.0.3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts "aws-msk-iam-sasl-signer-js@$signer" >&2
cat > sign.mjs <<'JS'
import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
const { token } = await generateAuthToken({ region: 'eu-central-1' });
console.log(new URL(Buffer.from(token, 'base64url').toString()).searchParams.get('X-Amz-Expires'));
JS

export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret AWS_EC2_METADATA_DISABLED=true
unlimited=$(node sign.mjs)
limited=$(AWS_SESSION_TOKEN=session AWS_CREDENTIAL_EXPIRATION=$(date -u -d '+5 minutes' +%Y-%m-%dT%H:%M:%S.500Z) node sign.mjs)
echo "without an end: $unlimited; with an end in five minutes: $limited"
[ "$unlimited" = 900 ]
case $limited in
  *.*) echo 'as described' ;;
  *) echo 'changed: src/kafka/msk-token.ts may tell the signer the end of the credentials' >&2; exit 1 ;;
esac
