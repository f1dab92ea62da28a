/* Random numbers for the limits: a counter-based generator and the ziggurat for exponentials.
 *
 * Sources: Steele, Lea and Flood (2014) for the mixing function; Marsaglia and Tsang (2000) for the ziggurat, here with
 * 256 layers of equal area under exp(-x), their right ends from the largest down.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t counter;

static inline uint64_t random_bits(void) {
    uint64_t mixed = counter += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static inline double random_share(void) { return (double)(random_bits() >> 11) * 0x1p-53; }

enum { LAYERS = 256 };
static double edge[LAYERS + 1], height[LAYERS + 1], step[LAYERS];
static uint64_t inside[LAYERS];

/* Layer 0 is the base with the tail; edge[1] is where the tail begins, edge[LAYERS] is 0. */
static void seed_chance(uint64_t seed) {
    const double tail = 7.69711747013104972, area = 0.0039496598225815571993;
    counter = seed * UINT64_C(0xd1342543de82ef95) + 1;
    edge[0] = area / exp(-tail);
    edge[1] = tail;
    for (int layer = 2; layer < LAYERS; layer++) edge[layer] = -log(exp(-edge[layer - 1]) + area / edge[layer - 1]);
    edge[LAYERS] = 0.0;
    for (int layer = 0; layer <= LAYERS; layer++) height[layer] = exp(-edge[layer]);
    for (int layer = 0; layer < LAYERS; layer++) {
        step[layer] = edge[layer] * 0x1p-53;
        inside[layer] = (uint64_t)(edge[layer + 1] / edge[layer] * 0x1p53);
    }
}

static __attribute__((noinline)) double rare_exponential(int layer, double x) {
    for (;;) {
        if (layer == 0) return edge[1] - log(1.0 - random_share());
        if (height[layer] + random_share() * (height[layer + 1] - height[layer]) < exp(-x)) return x;
        uint64_t bits = random_bits();
        layer = bits & (LAYERS - 1);
        x = (double)(bits >> 11) * step[layer];
        if (bits >> 11 < inside[layer]) return x;
    }
}

static inline double exponential(void) {
    uint64_t bits = random_bits();
    int layer = bits & (LAYERS - 1);
    double x = (double)(bits >> 11) * step[layer];
    return __builtin_expect(bits >> 11 < inside[layer], 1) ? x : rare_exponential(layer, x);
}

static double clock_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int report(long jobs, double seconds, double mean) {
    printf("{\"version\": \"1\", \"jobs\": %ld, \"seconds\": %.9f, \"means\": [%.9f]}\n", jobs, seconds, mean);
    return 0;
}
