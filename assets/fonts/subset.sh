#!/usr/bin/env bash
# Makes the two fonts of this folder again from Debian's packages fonts-morisawa-bizud-gothic and -mincho (OFL-1.1):
# every character of CP932 (JIS X 0208 with the NEC and IBM extensions), Latin-1, and the signs of letters; hinting dropped.
set -euo pipefail
cd "$(dirname "$0")"
python3 - > /tmp/uketsuke-chars.txt <<'PY'
chars = {chr(c) for c in range(0x20, 0x17F)} | set("〒①②③④⑤⑥⑦⑧⑨⑩☐☑✓✔〜～−—–‐―￥¥®©℡㈱㍿㋿髙﨑德濵")
for hi in range(0x81, 0xFD):
    for lo in range(0x40, 0xFD):
        try: chars.add(bytes([hi, lo]).decode("cp932"))
        except UnicodeDecodeError: pass
for b in range(0xA1, 0xE0): chars.add(bytes([b]).decode("cp932"))
print("".join(sorted(c for c in chars if len(c) == 1 and not (0xE000 <= ord(c) <= 0xF8FF))), end="")
PY
for f in gothic/BIZUDGothic mincho/BIZUDMincho; do
  pyftsubset "/usr/share/fonts/truetype/bizud-${f}-Regular.ttf" --text-file=/tmp/uketsuke-chars.txt --no-hinting --desubroutinize \
    --drop-tables+=GSUB,GPOS,vhea,vmtx,VORG,BASE,DSIG,GDEF --name-IDs='*' --output-file="$(basename "$f")-Regular.ttf"
done
