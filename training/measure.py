"""Figures from logits and labels: accuracy, acceptance of what is no digit, error at a reject share, calibration."""

import numpy as np


def softmax(logits, temperature):
    z = logits / temperature
    z = np.exp(z - z.max(1, keepdims=True))
    return z / z.sum(1, keepdims=True)


def fit_temperature(logits, labels):
    grid = np.exp(np.linspace(np.log(0.3), np.log(3), 121))
    loss = [-np.log(softmax(logits, t)[np.arange(len(labels)), labels] + 1e-12).mean() for t in grid]
    return float(grid[int(np.argmin(loss))])


def interval(wrong, n):
    """Wilson 95 % interval of a share."""
    if n == 0:
        return [0.0, 1.0]
    z, p = 1.96, wrong / n
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return [round(float(100 * (middle - half) / (1 + z * z / n)), 3), round(float(100 * (middle + half) / (1 + z * z / n)), 3)]


def digits(logits, labels, temperature):
    """Percentages for true digits: right over all 13 classes; wrong among the accepted when 1, 2, 5 % are sent away; ECE."""
    p = softmax(logits, temperature)
    best, sure = p.argmax(1), p.max(1)
    right = best == labels
    as_digit = best < 10
    order = np.argsort(-np.where(as_digit, sure, 0))
    out = {"n": len(labels), "right": round(100 * right.mean(), 3), "wrong_95": interval(int((~right).sum()), len(right)),
           "right_among_ten": round(100 * (p[:, :10].argmax(1) == labels).mean(), 3), "ece_points": round(calibration(sure, right), 3)}
    for share in (1, 2, 5):
        kept = order[: int(round(len(labels) * (1 - share / 100)))]
        out[f"wrong_at_{share}_percent_reject"] = round(100 * (1 - right[kept].mean()), 3)
    for limit in (0.9, 0.95, 0.99, 0.995):
        taken = as_digit & (sure >= limit)
        out[f"at_{limit}"] = {"rejected": round(100 * (1 - taken.mean()), 2), "wrong": round(100 * (taken & ~right).sum() / max(taken.sum(), 1), 3)}
    return out


def calibration(sure, right, bins=15):
    """Expected calibration error in points, equal-count bins."""
    order = np.argsort(sure)
    return float(100 * sum(abs(sure[b].mean() - right[b].mean()) * len(b) for b in np.array_split(order, bins)) / len(sure))


def negatives(logits, temperature):
    """Percentages of what is no digit that leave as a digit at each threshold."""
    p = softmax(logits, temperature)
    best, sure = p.argmax(1), p.max(1)
    out = {"n": len(p), "called_a_digit": round(100 * (best < 10).mean(), 3)}
    for limit in (0.9, 0.95, 0.99, 0.995):
        out[f"accepted_at_{limit}"] = round(100 * ((best < 10) & (sure >= limit)).mean(), 3)
    return out
