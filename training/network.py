"""The network as the program computes it, and the file the program reads."""

import json
import struct

import jax
import jax.numpy as jnp
import numpy as np

# kind, inputs, outputs, stride. Convolutions are 3x3, padded by one, ReLU after each; then 2x2 maximum; then dense layers.
LAYERS = [("conv", 1, 24, 2), ("conv", 24, 48, 1), ("conv", 48, 96, 2), ("conv", 96, 96, 1), ("pool", 96, 96, 2), ("dense", 1536, 128, 1), ("dense", 128, 13, 1)]
CLASSES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "blank", "struck", "rubbish"]


def _conv(x, w, b, stride):
    _, height, width, _ = x.shape
    p = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    rows = jnp.concatenate([p[:, i : i + height : stride, j : j + width : stride] for i in range(3) for j in range(3)], -1)
    return rows @ w + b


def logits(params, pictures):
    """(n, 32, 32) -> (n, 13)."""
    x = pictures[..., None]
    at = 0
    for k, (kind, _, n_out, stride) in enumerate(LAYERS):
        if kind == "pool":
            n, h, w, c = x.shape
            x = x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4)).reshape(n, -1)
            continue
        w, b = params[at]
        at += 1
        x = _conv(x, w, b, stride) if kind == "conv" else x @ w + b
        if k + 1 < len(LAYERS):
            x = jax.nn.relu(x)
    return x


def count(params):
    return sum(w.size + b.size for w, b in params)


def save(path, params, name, version, temperature):
    """Magic, header length, JSON header, then per layer weights (9*in or in, out) and biases, f32 little endian."""
    layers = [{"kind": k, "inputs": i, "outputs": o, "stride": s} for k, i, o, s in LAYERS]
    header = json.dumps({"name": name, "version": version, "side": 32, "classes": CLASSES, "temperature": round(float(temperature), 4), "layers": layers}).encode()
    header += b" " * (-(8 + len(header)) % 4)
    body = b"".join(np.asarray(a, "<f4").tobytes() for pair in params for a in pair)
    path.write_bytes(b"UKN1" + struct.pack("<I", len(header)) + header + body)


def load(path):
    """Layers' weights and biases of such a file, and its temperature."""
    data = path.read_bytes()
    (length,) = struct.unpack("<I", data[4:8])
    header = json.loads(data[8 : 8 + length])
    values, params, at = np.frombuffer(data, "<f4", offset=8 + length), [], 0
    for kind, n_in, n_out, _ in LAYERS:
        if kind != "pool":
            rows = n_in * (9 if kind == "conv" else 1)
            params.append((values[at : at + rows * n_out].reshape(rows, n_out), values[at + rows * n_out : at + (rows + 1) * n_out]))
            at += (rows + 1) * n_out
    return params, header["temperature"]
