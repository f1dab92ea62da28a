"""Elementary functions that give the same bits on every machine.

They are made of ``+ - * /``, square roots and exact scaling by powers of two, in a stated order; no library of the
platform has a say. The twin runs them as plain Python; the kernel compiles this same source (and brings its own
`split` and `power_of_two`, which are exact in any case). Python does not fuse or reorder operations, and neither does
the kernel, which is compiled without ``fastmath``.

References
----------
`log` and `exp`: the method of K. C. Ng, FDLIBM 5.3, Sun Microsystems (1993). `normal_quantile`: M. J. Wichura,
"Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988), 477-484.
The exact sum and product of two numbers: T. J. Dekker, Numerische Mathematik 18 (1971), 224-242.
"""

from __future__ import annotations

import math
from itertools import pairwise
from math import sqrt

INFINITY = math.inf
NAN = math.nan

SMALLEST_NORMAL = 2.0**-1022
TWO_54 = 2.0**54
SQRT_HALF = 0.7071067811865476
INVERSE_LN2 = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01
"""The first 33 bits of ln 2: its product with an exponent is exact."""
LN2_LOW = 1.90821492927058770002e-10
EXP_OVERFLOWS = 709.782712893384
EXP_VANISHES = -745.1332191019412
ZIGGURAT_TAIL = 7.69711747013104972
"""Where the tail of the exponential's ziggurat of 256 layers begins."""
ZIGGURAT_AREA = 3.949659822581572e-3
"""The area of each of its layers."""
SPLITTER = 134217729.0
"""2^27 + 1: cuts a float in two halves whose products are exact."""


def split(x: float) -> tuple[float, int]:
    """Return fraction, in [0.5, 1), and exponent: ``x = fraction * 2**exponent`` for a normal x > 0."""
    return math.frexp(x)


def power_of_two(exponent: int) -> float:
    """Return ``2.0**exponent`` for an exponent from -1022 to 1023."""
    return math.ldexp(1.0, exponent)


def scale(x: float, exponent: int) -> float:
    """Return ``x * 2**exponent``, rounded once, for x in [0.5, 2) and an exponent from -1080 to 1024."""
    if exponent > 1023:
        return x * power_of_two(exponent - 1) * 2.0
    if exponent < -1021:
        return x * power_of_two(exponent + 500) * power_of_two(-500)
    return x * power_of_two(exponent)


def log_series(z: float) -> float:
    """Return ``(log(1 + f) - 2 s) / s`` where ``s = f / (2 + f)`` and ``z = s * s``, for f from -0.293 to 0.415.

    It is 2/3 z + 2/5 z^2 + 2/7 z^3 ... with the coefficients of FDLIBM, odd and even powers apart.
    """
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    return even + odd


def log(x: float) -> float:
    """Return the natural logarithm: -inf at 0, NaN below; error below 1 ulp."""
    if not SMALLEST_NORMAL <= x < INFINITY:
        if x == 0.0:
            return -INFINITY
        if not x > 0.0:
            return NAN
        if x == INFINITY:
            return INFINITY
        return log_of_normal(x * TWO_54, -54)
    return log_of_normal(x, 0)


def log_of_normal(x: float, exponent: int) -> float:
    """Return ``log(x * 2**exponent)`` for a normal x > 0."""
    fraction, own = split(x)
    if fraction < SQRT_HALF:
        fraction += fraction
        own -= 1
    k = float(own + exponent)
    f = fraction - 1.0
    s = f / (2.0 + f)
    half_square = 0.5 * f * f
    return k * LN2_HIGH - ((half_square - (s * (half_square + log_series(s * s)) + k * LN2_LOW)) - f)


def exp(x: float) -> float:
    """Return e to the power x: inf above 709.78, 0 below -745.13; error below 1 ulp."""
    if not EXP_VANISHES <= x <= EXP_OVERFLOWS:
        if x > EXP_OVERFLOWS:
            return INFINITY
        if x < EXP_VANISHES:
            return 0.0
        return NAN
    k = int(x * INVERSE_LN2 + 0.5) if x >= 0.0 else int(x * INVERSE_LN2 - 0.5)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))
        )
    )
    return scale(1.0 - ((low - (r * c) / (2.0 - c)) - high), k)


def product_error(a: float, b: float, product: float) -> float:
    """Return exactly ``a * b - product``, where product is the rounded ``a * b``; magnitudes from 1e-140 to 1e140."""
    t = SPLITTER * a
    a_high = t - (t - a)
    a_low = a - a_high
    t = SPLITTER * b
    b_high = t - (t - b)
    b_low = b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def log_in_two(x: float) -> tuple[float, float]:
    """Return log(x) as the sum of two floats, with some 58 correct bits; x > 0 and finite."""
    exponent = 0
    if x < SMALLEST_NORMAL:
        x *= TWO_54
        exponent = -54
    fraction, own = split(x)
    if fraction < SQRT_HALF:
        fraction += fraction
        own -= 1
    k = float(own + exponent)
    f = fraction - 1.0
    d = 1.0 + fraction
    d_low = fraction - (d - 1.0)
    s = f / d
    whole = s * d
    s_low = ((f - whole) - product_error(s, d, whole) - s * d_low) / d
    high = k * LN2_HIGH
    near = s + s
    total = high + near
    rest = (near - (total - high)) if k != 0.0 else 0.0
    low = rest + (k * LN2_LOW + (2.0 * s_low + s * log_series(s * s)))
    result = total + low
    return result, low - (result - total)


def pow(x: float, y: float) -> float:
    """Return x to the power y for x >= 0 (NaN below); error of an ulp or two (up to 8 where the result is extreme)."""
    if y == 0.0 or x == 1.0:
        return 1.0
    if not 0.0 < x < INFINITY:
        if x == 0.0:
            return 0.0 if y > 0.0 else INFINITY
        if x == INFINITY:
            return INFINITY if y > 0.0 else 0.0
        return NAN
    high, low = log_in_two(x)
    product = y * high
    if not -800.0 < product < 800.0:
        return exp(product)
    if -1e-100 < product < 1e-100:
        return 1.0
    base = exp(product)
    return base + base * (product_error(y, high, product) + y * low) if base < INFINITY else base


def polynomial(
    x: float, c0: float, c1: float, c2: float, c3: float, c4: float, c5: float, c6: float, c7: float
) -> float:
    """Return ``c0 + c1 x + ... + c7 x^7`` by Horner's rule."""
    return ((((((c7 * x + c6) * x + c5) * x + c4) * x + c3) * x + c2) * x + c1) * x + c0


def normal_quantile(p: float) -> float:
    """Return the value below which a standard normal variable falls with probability p, for p in (0, 1).

    Algorithm AS 241, PPND16: about 1 part in 10^16. NaN at 0 and 1.
    """
    q = p - 0.5
    if -0.425 <= q <= 0.425:
        return q * central_ratio(0.180625 - q * q)
    tail = p if q < 0.0 else 1.0 - p
    if not tail > 0.0:
        return NAN
    r = sqrt(-log(tail))
    magnitude = near_tail_ratio(r - 1.6) if r <= 5.0 else far_tail_ratio(r - 5.0)
    return -magnitude if q < 0.0 else magnitude


def central_ratio(r: float) -> float:
    """Return the ratio of AS 241 for probabilities from 0.075 to 0.925."""
    numerator = polynomial(
        r,
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    )
    denominator = polynomial(
        r,
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    )
    return numerator / denominator


def near_tail_ratio(r: float) -> float:
    """Return the ratio of AS 241 for tails down to exp(-25)."""
    numerator = polynomial(
        r,
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    )
    denominator = polynomial(
        r,
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    )
    return numerator / denominator


def far_tail_ratio(r: float) -> float:
    """Return the ratio of AS 241 for tails beyond exp(-25)."""
    numerator = polynomial(
        r,
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    )
    denominator = polynomial(
        r,
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    )
    return numerator / denominator


def ziggurat() -> tuple[list[float], list[int], list[float]]:
    """Return the layers of the exponential distribution's ziggurat, the widest first.

    Returns
    -------
    widths
        (256,): the width of a layer, times 2^-53: what a fraction of 53 bits is multiplied by.
    sure
        (256,): a fraction below this lies wholly below the curve.
    densities
        (257,): exp(-x) at the right edge of a layer; the layer's upper side is the next one's.

    References
    ----------
    G. Marsaglia and W. W. Tsang, "The Ziggurat Method for Generating Random Variables", Journal of Statistical
    Software 5 (2000), issue 8: 256 layers of equal area, of which the lowest has the tail.
    """
    edges = [ZIGGURAT_AREA / exp(-ZIGGURAT_TAIL), ZIGGURAT_TAIL]
    while len(edges) < 256:
        edges.append(-log(ZIGGURAT_AREA / edges[-1] + exp(-edges[-1])))
    edges.append(0.0)
    widths = [edge * 2.0**-53 for edge in edges[:256]]
    sure = [int(narrow / wide * 2.0**53) for wide, narrow in pairwise(edges)]
    return widths, sure, [exp(-edge) for edge in edges]
