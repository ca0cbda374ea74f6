"""Learns the network from pools (`pools.py`) with TensorFlow on the processor, whose convolutions are three times as fast here as
plain matrix products. Batch normalisation after every layer but the last makes learning quick and is folded into the weights
afterwards: what is written are the layers of `network.py` and no more. Writes params.npz.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

import network
from normalise import SIDE

BATCH = 512
REAL = 0.5  # share of a batch that are real digits in the ink they were scanned with
WARPED = 0.4  # share of pictures turned, slanted and stretched once more; all are moved by up to a pixel
RATE, DECAY = 2e-3, 0.02
FURTHER = 4e-4  # rate at which finished weights learn on
SETTLE = 200  # batches over which the normalisation's means are taken again once the weights rest


def model(normalised=True):
    x = inputs = tf.keras.Input((SIDE, SIDE, 1))
    for k, (kind, _, n_out, stride) in enumerate(network.LAYERS):
        last = k + 1 == len(network.LAYERS)
        if kind == "conv":
            x = tf.keras.layers.ZeroPadding2D(1)(x)
            x = tf.keras.layers.Conv2D(n_out, 3, stride, use_bias=not normalised, kernel_initializer="he_normal")(x)
        elif kind == "pool":
            x = tf.keras.layers.Flatten()(tf.keras.layers.MaxPool2D()(x))
            continue
        elif last:
            x = tf.keras.layers.Dense(n_out, dtype="float32")(tf.keras.layers.Dropout(0.2)(x))
            continue
        else:
            x = tf.keras.layers.Dense(n_out, use_bias=not normalised, kernel_initializer="he_normal")(x)
        x = tf.keras.layers.ReLU()(tf.keras.layers.BatchNormalization(momentum=0.98)(x) if normalised else x)
    return tf.keras.Model(inputs, x)


def folded(net):
    """[(weights (9 * in or in, out), biases)] with the normalisation in them."""
    params, weights = [], None
    for layer in net.layers:
        if isinstance(layer, (tf.keras.layers.Conv2D, tf.keras.layers.Dense)):
            weights = layer.get_weights()
            if len(weights) == 2:
                params.append((weights[0].reshape(-1, weights[0].shape[-1]), weights[1]))
        elif isinstance(layer, tf.keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            scale = gamma / np.sqrt(variance + layer.epsilon)
            w = weights[0].reshape(-1, weights[0].shape[-1])
            params.append(((w * scale).astype(np.float32), (beta - mean * scale).astype(np.float32)))
    return params


def begun(params):
    """A model without normalisation that goes on from finished weights."""
    net = model(normalised=False)
    layers = (layer for layer in net.layers if isinstance(layer, (tf.keras.layers.Conv2D, tf.keras.layers.Dense)))
    for layer, (weights, biases) in zip(layers, params, strict=True):
        layer.set_weights([weights.reshape(layer.kernel.shape), biases])
    return net


def _moves(n):
    """(n, 8) projective transforms about the middle: whole pixels for most, a little turned, slanted and stretched for the rest."""
    warped = tf.cast(tf.random.uniform([n]) < WARPED, tf.float32)
    turn, shear = tf.random.normal([n], 0, 0.08) * warped, tf.random.normal([n], 0, 0.08) * warped
    wide, tall = (tf.exp(tf.random.normal([n], 0, 0.06) * warped) for _ in range(2))
    dx, dy = (tf.round(tf.random.uniform([n], -1.5, 1.5)) for _ in range(2))
    c, s = tf.cos(turn), tf.sin(turn)
    a, b, d, e = c * wide, s * wide + shear, -s * tall, c * tall
    middle = (SIDE - 1) / 2
    zero = tf.zeros([n])
    return tf.stack([a, b, dx + middle - a * middle - b * middle, d, e, dy + middle - d * middle - e * middle, zero, zero], 1)


def learn(pools, samples, seed, start, report):
    tf.keras.utils.set_random_seed(seed)
    tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
    files = [np.load(p) for p in pools]
    pictures = tf.constant(np.concatenate([f["pictures"] for f in files]))
    labels = tf.constant(np.concatenate([f["labels"] for f in files]).astype(np.int32))
    real = np.concatenate([f["real"] for f in files])
    kinds = [tf.constant(np.flatnonzero(real == want)) for want in (False, True)]
    steps = samples // BATCH
    rate = tf.keras.optimizers.schedules.CosineDecay(0.0, steps - 400, warmup_target=FURTHER if start else RATE, warmup_steps=400)
    optimiser = tf.keras.optimizers.AdamW(rate, weight_decay=DECAY, global_clipnorm=2.0, use_ema=True, ema_momentum=0.998)
    net = begun(network.load(start)[0]) if start else model()

    def batch(_):
        share = int(BATCH * REAL)
        at = tf.concat([tf.gather(k, tf.random.uniform([n], 0, len(k), tf.int32)) for k, n in zip(kinds, (BATCH - share, share))], 0)
        x = tf.cast(tf.gather(pictures, at), tf.float32)[..., None] / 255
        x = tf.raw_ops.ImageProjectiveTransformV3(images=x, transforms=_moves(BATCH), output_shape=[SIDE, SIDE], fill_value=0.0, interpolation="BILINEAR", fill_mode="CONSTANT")
        return x ** tf.random.uniform([BATCH, 1, 1, 1], 0.7, 1.4), tf.gather(labels, at)

    batches = iter(tf.data.Dataset.counter().map(batch).prefetch(4))

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, net(x, training=True)))
        optimiser.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
        return loss

    @tf.function
    def settle(x):
        net(x, training=True)

    def settled():
        """The averaged weights, with the normalisation's means taken over them."""
        kept = [v.numpy() for v in net.variables]
        optimiser.finalize_variable_values(net.trainable_variables)
        for _ in range(SETTLE):
            settle(next(batches)[0])
        params = folded(net)
        for variable, value in zip(net.variables, kept):
            variable.assign(value)
        return params

    losses, started = [], time.time()
    for done in range(1, steps + 1):
        losses.append(step(*next(batches)))
        if done % 500 == 0 or done == steps:
            print(f"{time.time() - started:6.0f} s  step {done}/{steps}  loss {np.mean(losses):.4f}", flush=True)
            losses = []
        if done % 4000 == 0 or done == steps:
            report(settled())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pools", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True, help="params.npz; written now and then")
    parser.add_argument("--start", type=Path, help="weights file to learn on from, at a lower rate")
    parser.add_argument("--samples", type=int, default=8_000_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    learn(args.pools, args.samples, args.seed, args.start, lambda params: np.savez(args.out, *[a for pair in params for a in pair]))


if __name__ == "__main__":
    main()
