"""Makes the files of this folder: run it here with Pillow >= 11, libtiff's tools, img2pdf and qpdf installed.

Every file in valid/ shows the picture in pictures/ that its name begins with; every file in invalid/ is refused with
the reason its name begins with. The tests walk both folders, so a new file needs no code.
"""
import io, os, random, shutil, struct, subprocess, zlib
from PIL import Image, ImageDraw

W, H = 210, 297
DPI = 25.4


def run(*command):
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def drawing(mode, colours):
    random.seed(7)
    image = Image.new(mode, (W, H), colours[0])
    pen = ImageDraw.Draw(image)
    for i in range(60):
        x, y = random.randrange(W), random.randrange(H)
        box = [x, y, x + random.randrange(3, 60), y + random.randrange(2, 12)]
        pen.rectangle(box, fill=colours[1 + i % (len(colours) - 1)])
    pen.line([5, 5, 120, 5, 5, 80, 5, 5], fill=colours[1])
    return image


for folder in ("pictures", "valid", "invalid"):
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
bw = drawing("1", [1, 0])
grey = drawing("L", [255, 0, 34, 68, 119, 170, 221])
colour = drawing("RGB", [(255, 255, 255), (0, 0, 0), (220, 30, 30), (30, 40, 160), (90, 90, 90), (250, 240, 120)])
pictures = {"bw": bw, "grey": grey, "colour": colour}
for name, image in pictures.items():
    image.save(f"pictures/{name}.png", dpi=(DPI, DPI))
    image.save(f"/tmp/{name}.tif", dpi=(DPI, DPI))


def tiff(name, *options, source=None):
    run("tiffcp", *options, source or f"/tmp/{name.split('--')[0]}.tif", f"valid/{name}.tif")


for kind in pictures:
    for scheme in ("none", "packbits", "lzw", "zip"):
        tiff(f"{kind}--{scheme}", "-c", scheme)
    tiff(f"{kind}--lzw-big-endian", "-B", "-c", "lzw")
    tiff(f"{kind}--zip-bigtiff", "-8", "-c", "zip")
    tiff(f"{kind}--zip-tiles", "-t", "-w", "64", "-l", "48", "-c", "zip")
    tiff(f"{kind}--packbits-strips-of-37", "-r", "37", "-c", "packbits")
    tiff(f"{kind}--none-fill-order-2", "-f", "lsb2msb", "-c", "none")
for kind in ("grey", "colour"):
    tiff(f"{kind}--lzw-predictor", "-c", "lzw:2")
    tiff(f"{kind}--zip-predictor", "-c", "zip:2")
tiff("colour--separate-planes", "-p", "separate", "-c", "lzw")
for scheme in ("g3:1d", "g3:2d", "g3:1d:fill", "g4"):
    plain = scheme.replace(":", "-")
    tiff(f"bw--{plain}", "-c", scheme)
    tiff(f"bw--{plain}-fill-order-2", "-f", "lsb2msb", "-c", scheme)
    tiff(f"bw--{plain}-strips-of-50", "-r", "50", "-c", scheme)
tiff("bw--g4-tiles", "-t", "-w", "64", "-l", "48", "-c", "g4")
bw.save("valid/bw--huffman.tif", compression="tiff_ccitt", dpi=(DPI, DPI))
run("tiffcp", "-c", "g4", "/tmp/bw.tif", "/tmp/bw.tif", "/tmp/bw.tif", "valid/bw--g4-three-pages.tif")
Image.eval(grey, lambda v: v).save("/tmp/g.tif", dpi=(DPI, DPI))
colour.quantize(8).save("valid/colour--palette.tif", dpi=(DPI, DPI))
grey.convert("I;16").point(lambda v: v * 257).save("valid/grey--16-bit.tif", dpi=(DPI, DPI))
# The other way round: inverted pixels whose tag says that 0 is white.
for kind in ("bw", "grey"):
    inverted = Image.eval(pictures[kind].convert("L"), lambda v: 255 - v).convert(pictures[kind].mode)
    inverted.save(f"valid/{kind}--white-is-zero.tif", dpi=(DPI, DPI))
    run("tiffset", "-s", "262", "0", f"valid/{kind}--white-is-zero.tif")
Image.eval(bw.convert("L"), lambda v: 255 - v).convert("1").save("/tmp/inverted.tif", dpi=(DPI, DPI))
run("tiffset", "-s", "262", "0", "/tmp/inverted.tif")
tiff("bw--g4-white-is-zero", "-c", "g4", source="/tmp/inverted.tif")
T = Image.Transpose
# For each orientation tag the turn that its reader undoes.
turns = {2: T.FLIP_LEFT_RIGHT, 3: T.ROTATE_180, 4: T.FLIP_TOP_BOTTOM, 5: T.TRANSPOSE, 6: T.ROTATE_90, 7: T.TRANSVERSE, 8: T.ROTATE_270}
for tag, turn in turns.items():
    bw.transpose(turn).save("/tmp/turned.tif", dpi=(DPI, DPI))
    tiff(f"bw--g4-orientation-{tag}", "-c", "g4", source="/tmp/turned.tif")
    run("tiffset", "-s", "274", str(tag), f"valid/bw--g4-orientation-{tag}.tif")
tiff("colour--lossy-jpeg-ycbcr", "-r", "64", "-c", "jpeg:95")
tiff("colour--lossy-jpeg-rgb", "-r", "64", "-c", "jpeg:r:95")
tiff("grey--lossy-jpeg", "-r", "64", "-c", "jpeg:95")
tiff("colour--lossy-jpeg-tiles", "-t", "-w", "64", "-l", "48", "-c", "jpeg:95")

for bits in (1, 2, 4):
    bw.convert("L").quantize(2).save(f"valid/bw--palette-{bits}-bit.png", bits=bits, dpi=(DPI, DPI))
bw.save("valid/bw--1-bit.png", dpi=(DPI, DPI))
grey.save("valid/grey--8-bit.png", dpi=(DPI, DPI))
grey.convert("I;16").point(lambda v: v * 257).save("valid/grey--16-bit.png", dpi=(DPI, DPI))
grey.convert("RGB").save("valid/grey--in-rgb.png", dpi=(DPI, DPI))
colour.save("valid/colour--rgb.png", dpi=(DPI, DPI))
colour.quantize(8).save("valid/colour--palette.png", dpi=(DPI, DPI))
alpha = colour.convert("RGBA")
alpha.putdata([(0, 0, 0, 0) if p[:3] == (255, 255, 255) else p for p in alpha.getdata()])
alpha.save("valid/colour--transparent-paper.png", dpi=(DPI, DPI))
clear = grey.convert("LA")
clear.putdata([(0, 0) if p[0] == 255 else p for p in clear.getdata()])
clear.save("valid/grey--transparent-paper.png", dpi=(DPI, DPI))

dpi = (25, 25)
grey.save("valid/grey--lossy.jpg", quality=95, dpi=dpi)
grey.save("valid/grey--lossy-progressive.jpg", quality=95, progressive=True, dpi=dpi)
colour.save("valid/colour--lossy-444.jpg", quality=95, subsampling=0, dpi=dpi)
colour.save("valid/colour--lossy-420.jpg", quality=95, subsampling=2, dpi=dpi)
colour.save("valid/colour--lossy-progressive.jpg", quality=95, progressive=True, dpi=dpi)
colour.save("valid/colour--lossy-restarts.jpg", quality=95, restart_marker_rows=1, dpi=dpi)
colour.convert("CMYK").save("valid/colour--lossy-cmyk.jpg", quality=95, subsampling=0, dpi=dpi)
for tag, turn in turns.items():
    exif = Image.Exif()
    exif[274] = tag
    grey.transpose(turn).save(f"valid/grey--lossy-orientation-{tag}.jpg", quality=95, exif=exif, dpi=dpi)


# PDF by hand, so that every key is in sight.
def pdf(name, images, content, page="/MediaBox [0 0 595 842]", extra=()):
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"]
    names = " ".join(f"/I{i} {5 + i} 0 R" for i in range(len(images)))
    objects.append(f"<< /Type /Page /Parent 2 0 R {page} /Contents 4 0 R /Resources << /XObject << {names} >> {' '.join(extra)} >> >>".encode())
    objects.append(stream("", content.encode()))
    objects += [stream(f"/Type /XObject /Subtype /Image {keys}", data) for keys, data in images]
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    open(name, "wb").write(out)


def stream(keys, data):
    return f"<< {keys} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def size(image):
    return f"/Width {image.width} /Height {image.height}"


def g4(image):
    with io.BytesIO() as f:
        image.save("/tmp/raw.tif", compression="group4")
    with Image.open("/tmp/raw.tif") as t:
        tags = t.tag_v2
        black_is_zero = tags[262] == 1
        data = open("/tmp/raw.tif", "rb").read()
        assert len(tags[273]) == 1
        return data[tags[273][0]:tags[273][0] + tags[279][0]], black_is_zero


WHOLE = "q 595 0 0 842 0 0 cm /I0 Do Q"
fax, flipped = g4(bw)
# libtiff writes runs of 0 bits as white whatever the photometric tag; with BlackIsZero those are the black pixels.
fax_keys = f"{size(bw)} /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns {W} /Rows {H} /BlackIs1 {'true' if flipped else 'false'} >>"
flate_keys = f"{size(grey)} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
flate = zlib.compress(grey.tobytes(), 9)
rgb_keys = f"{size(colour)} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode"
pdf("valid/bw--ccitt-g4.pdf", [(fax_keys, fax)], WHOLE)
pdf("valid/grey--flate.pdf", [(flate_keys, flate)], WHOLE)
pdf("valid/colour--flate.pdf", [(rgb_keys, zlib.compress(colour.tobytes(), 9))], WHOLE)
hexed = flate.hex().encode() + b">"
pdf("valid/grey--hex-flate.pdf", [(flate_keys.replace("/FlateDecode", "[/ASCIIHexDecode /FlateDecode]"), hexed)], WHOLE)
import base64
pdf("valid/grey--ascii85-flate.pdf", [(flate_keys.replace("/FlateDecode", "[/ASCII85Decode /FlateDecode]"), base64.a85encode(flate) + b"~>")], WHOLE)
inverse = zlib.compress(bytes(255 - v for v in grey.tobytes()), 9)
pdf("valid/grey--decode-inverted.pdf", [(flate_keys + " /Decode [1 0]", inverse)], WHOLE)
bits = zlib.compress(bw.tobytes(), 9)
pdf("valid/bw--flate-1-bit.pdf", [(f"{size(bw)} /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /FlateDecode", bits)], WHOLE)
indexed = colour.quantize(8)
table = bytes(indexed.getpalette()[:24]).ljust(24, b"\0").hex()
pdf("valid/colour--indexed.pdf", [(f"{size(indexed)} /ColorSpace [/Indexed /DeviceRGB 7 <{table}>] /BitsPerComponent 8 /Filter /FlateDecode", zlib.compress(indexed.tobytes(), 9))], WHOLE)
# A JBIG2 page with one generic region coded as MMR (T.88, 6.2.6), whose data are those of Group 4; black is 1 there.
black_ones = Image.eval(bw.convert("L"), lambda v: 255 - v).convert("1") if flipped else bw
mmr, _ = g4(black_ones)
page_info = struct.pack(">IIIIBH", W, H, 0, 0, 0, 0)
region = struct.pack(">IIIIB", W, H, 0, 0, 0) + b"\x01" + mmr
jbig2 = struct.pack(">IBBBI", 0, 48, 0, 1, len(page_info)) + page_info + struct.pack(">IBBBI", 1, 38, 0, 1, len(region)) + region
jbig2_keys = f"{size(bw)} /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /JBIG2Decode"
pdf("valid/bw--jbig2.pdf", [(jbig2_keys, jbig2)], WHOLE)
for kind, image in (("grey", grey), ("colour", colour)):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG2000", irreversible=False, no_jp2=False)
    pdf(f"valid/{kind}--jpx.pdf", [(f"{size(image)} /Filter /JPXDecode", buffer.getvalue())], WHOLE)
    lossy = io.BytesIO()
    image.save(lossy, "JPEG", quality=95)
    space = "/DeviceGray" if kind == "grey" else "/DeviceRGB"
    dct_keys = f"{size(image)} /ColorSpace {space} /BitsPerComponent 8 /Filter /DCTDecode"
    pdf(f"valid/{kind}--lossy-dct.pdf", [(dct_keys, lossy.getvalue())], WHOLE)
    if kind == "grey":
        pdf("invalid/damaged-file--dct-cut.pdf", [(dct_keys, lossy.getvalue()[:-3000])], WHOLE)
    else:
        pdf("invalid/damaged-file--dct-cut-beside-text.pdf", [(dct_keys, lossy.getvalue()[:-3000])], "q 300 0 0 400 0 0 cm /I0 Do Q")
# The eight ways a page can show its picture: the page matrix and /Rotate undo the turn of the pixels.
matrices = {"flip-x": ("-595 0 0 842 595 0", T.FLIP_LEFT_RIGHT), "flip-y": ("595 0 0 -842 0 842", T.FLIP_TOP_BOTTOM),
            "half-turn": ("-595 0 0 -842 595 842", T.ROTATE_180), "quarter-turn": ("0 842 -595 0 595 0", T.ROTATE_270),
            "three-quarter-turn": ("0 -842 595 0 0 842", T.ROTATE_90), "transposed": ("0 -842 -595 0 595 842", T.TRANSPOSE),
            "transversed": ("0 842 595 0 0 0", T.TRANSVERSE)}
for name, (matrix, turn) in matrices.items():
    turned = grey.transpose(turn)
    keys = f"{size(turned)} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
    pdf(f"valid/grey--{name}.pdf", [(keys, zlib.compress(turned.tobytes(), 9))], f"q {matrix} cm /I0 Do Q")
for degrees, turn in ((90, T.ROTATE_90), (180, T.ROTATE_180), (270, T.ROTATE_270)):
    turned = grey.transpose(turn)
    box, cm = ("[0 0 842 595]", "842 0 0 595 0 0") if degrees != 180 else ("[0 0 595 842]", "595 0 0 842 0 0")
    keys = f"{size(turned)} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
    pdf(f"valid/grey--rotate-{degrees}.pdf", [(keys, zlib.compress(turned.tobytes(), 9))], f"q {cm} cm /I0 Do Q", f"/MediaBox {box} /Rotate {degrees}")
# What scanners' own OCR leaves: words under the picture, and invisible ones over it.
font = "/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
words = "BT /F 12 Tf {} Tr 100 700 Td (WORDS) Tj ET"
pdf("valid/grey--words-under-it.pdf", [(flate_keys, flate)], words.format(0) + " " + WHOLE, extra=[font])
pdf("valid/grey--invisible-words-over-it.pdf", [(flate_keys, flate)], WHOLE + " " + words.format(3), extra=[font])
run("img2pdf", "--pagesize", "A4", "-o", "valid/grey--img2pdf-png.pdf", "valid/grey--8-bit.png")
run("img2pdf", "--pagesize", "A4", "-o", "valid/bw--img2pdf-g4.pdf", "valid/bw--g4.tif")
run("img2pdf", "--pagesize", "A4", "-o", "valid/colour--img2pdf-png.pdf", "valid/colour--rgb.png")
run("qpdf", "--object-streams=generate", "valid/grey--flate.pdf", "valid/grey--object-streams.pdf")
run("qpdf", "--encrypt", "", "owner", "256", "--", "valid/grey--flate.pdf", "valid/grey--owner-password-aes-256.pdf")
run("qpdf", "--allow-weak-crypto", "--encrypt", "", "owner", "128", "--use-aes=n", "--", "valid/grey--flate.pdf", "valid/grey--owner-password-rc4-128.pdf")

# What is refused, and why.
run("qpdf", "--encrypt", "user", "owner", "256", "--", "valid/grey--flate.pdf", "invalid/encrypted--user-password.pdf")
open("invalid/empty-file--nothing.jpg", "wb").close()
open("invalid/not-an-image--text.txt", "wb").write(b"name,number\n")
open("invalid/not-an-image--zip.docx", "wb").write(b"PK\3\4" + bytes(60))
open("invalid/not-an-image--gif.gif", "wb").write(b"GIF89a" + bytes(20))


def cut(source, name, keep):
    data = open(f"valid/{source}", "rb").read()
    open(f"invalid/damaged-file--{name}", "wb").write(data[:int(len(data) * keep)])


for keep in (5, 50, 90, 99):
    for source in ("grey--lossy.jpg", "colour--lossy-420.jpg", "colour--lossy-progressive.jpg", "grey--8-bit.png"):
        # The last hundredth of a PNG is its end marker; its pixels are complete without it.
        if not (source.endswith("png") and keep == 99):
            cut(source, f"{source.split('.')[0]}-at-{keep}.{source[-3:]}", keep / 100)
for name in ("bw--none", "bw--g4", "bw--g3-1d", "bw--g3-2d", "grey--lzw", "grey--zip", "colour--packbits"):
    data = bytearray(open(f"valid/{name}.tif", "rb").read())
    with Image.open(f"valid/{name}.tif") as t:
        places, lengths = t.tag_v2[273], t.tag_v2[279]
    # The strip's second half is zeros: what a copy that broke off in the middle leaves on a pre-allocated disk.
    last = places[-1] + lengths[-1] // 2
    if name != "bw--none":
        data[last:places[-1] + lengths[-1]] = bytes(places[-1] + lengths[-1] - last)
        open(f"invalid/damaged-file--{name}-half-zeros.tif", "wb").write(data)
    cut(f"{name}.tif", f"{name}-at-50.tif", 0.5)
pdf("invalid/damaged-file--ccitt-cut.pdf", [(fax_keys, fax[:len(fax) // 2])], WHOLE)
pdf("invalid/damaged-file--flate-cut.pdf", [(flate_keys, flate[:-200])], WHOLE)
pdf("invalid/damaged-file--flate-short.pdf", [(flate_keys, zlib.compress(grey.tobytes()[:-5000], 9))], WHOLE)
pdf("invalid/damaged-file--jbig2-cut.pdf", [(jbig2_keys, jbig2[:-100])], WHOLE)
buffer = io.BytesIO()
grey.save(buffer, "JPEG2000", irreversible=False)
pdf("invalid/damaged-file--jpx-cut.pdf", [(f"{size(grey)} /Filter /JPXDecode", buffer.getvalue()[:-300])], WHOLE)
pdf("invalid/damaged-file--ccitt-cut-in-a-strip.pdf", [(fax_keys, fax[:len(fax) // 2])], "q 595 0 0 400 0 0 cm /I0 Do Q")
open("invalid/damaged-file--no-pages.pdf", "wb").write(b"%PDF-1.4\n%%EOF\n")
bomb = fax_keys.replace(f"/Width {W} /Height {H}", "/Width 60000 /Height 60000").replace(f"/Columns {W} /Rows {H}", "/Columns 60000 /Rows 60000")
pdf("invalid/too-large--ccitt-60000.pdf", [(bomb, b"\0" * 60)], WHOLE)
pdf("invalid/too-large--ccitt-columns-60000.pdf", [(fax_keys.replace(f"/Columns {W}", "/Columns 60000000"), fax)], WHOLE)
wide = struct.pack(">IIIIBH", 65535, 65535, 0, 0, 0, 0)
pdf("invalid/too-large--jbig2-65535.pdf", [(jbig2_keys, struct.pack(">IBBBI", 0, 48, 0, 1, len(wide)) + wide)], WHOLE)
pdf("invalid/too-large--page-box.pdf", [], "0 0 10 10 re f", "/MediaBox [0 0 14400 14400]")
# Forms that draw forms: ten times each, eight deep.
layers = "".join(f"{n} " for n in range(8))
forms = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >> >>",
         stream("", b"/F Do")]
for n in range(8):
    inner = f"/Resources << /XObject << /F {6 + n} 0 R >> >>" if n < 7 else ""
    forms.append(stream(f"/Type /XObject /Subtype /Form /BBox [0 0 595 842] {inner}", (b"/F Do " if n < 7 else b"0 0 5 5 re f ") * 10))
out = bytearray(b"%PDF-1.5\n")
for number, body in enumerate(forms, 1):
    out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
out += b"trailer << /Size %d /Root 1 0 R >>\n%%%%EOF\n" % (len(forms) + 1)
open("invalid/too-large--forms-in-forms.pdf", "wb").write(out)
header = struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
open("invalid/too-large--60000.png", "wb").write(png)
entries = [(256, 4, 60000), (257, 4, 60000), (258, 3, 1), (259, 3, 4), (262, 3, 0), (273, 4, 8), (278, 4, 60000), (279, 4, 8)]
ifd = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
open("invalid/too-large--60000.tif", "wb").write(b"II*\0" + struct.pack("<I", 16) + bytes(8) + ifd + bytes(4))
sof = b"\xff\xd8\xff\xc0" + struct.pack(">HBHHBBBB", 11, 8, 60000, 60000, 1, 1, 0x11, 0)
open("invalid/too-large--60000.jpg", "wb").write(sof + b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 0, 63, 0) + bytes(9) + b"\xff\xd9")
Image.new("F", (20, 20)).save("invalid/unsupported--float.tif")
open("invalid/unsupported--lossless.jpg", "wb").write(sof.replace(b"\xff\xc0", b"\xff\xc3") + b"\xff\xd9")
