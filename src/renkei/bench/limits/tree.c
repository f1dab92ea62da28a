/* Models C and C0 by hand: a program for each unit's papers, a winner tree of one leaf for each person and source, no
 * statistics but the mean time in system.
 *
 *     cc -O3 -march=native -o tree tree.c -lm && ./tree C|C0 JOBS SEED
 */
#include <string.h>

#include "chance.h"

enum { UNITS = 8, DESKS = 12, PEOPLE = 2, LEAVES = 32, NOBODY = -1 };
enum { WORK, CHANCE, PART, MEET, LEAVE };
static const int division_of[UNITS] = {1, 1, 1, 2, 2, 2, 3, 3};

/* The event list: leaf i holds the time of source i, or of person i - UNITS; NEVER where nothing is due. */
static const uint64_t NEVER = UINT64_MAX >> 1;
static uint64_t due[2 * LEAVES];
static uint32_t winner[2 * LEAVES];

/* A time from 0 on orders as its bits do. Moves without branches: which child wins cannot be foretold. */
static inline void set_due(uint32_t leaf, uint64_t bits) {
    uint32_t node = leaf + LEAVES, wins = leaf;
    uint64_t best = bits;
    due[node] = bits;
    while (node > 1) {
        uint64_t rival = due[node ^ 1], limit = best + (node & 1);
        uint32_t other = winner[node ^ 1];
#if defined(__x86_64__)
        __asm__("cmp %[limit], %[rival]\n\tcmovb %[rival], %[best]\n\tcmovb %[other], %[wins]"
                : [best] "+r"(best), [wins] "+r"(wins)
                : [rival] "r"(rival), [limit] "r"(limit), [other] "r"(other)
                : "cc");
#else
        wins = rival < limit ? other : wins;
        best = rival < limit ? rival : best;
#endif
        node >>= 1;
        due[node] = best;
        winner[node] = wins;
    }
}

static inline void set_time(uint32_t leaf, double when) {
    uint64_t bits;
    memcpy(&bits, &when, sizeof bits);
    set_due(leaf, bits);
}

typedef struct {
    int what, a, b;
    double chance;
} Step;
static Step step_of[16 * UNITS];
static int steps;

static int emit(int what, int a, int b, double chance) {
    step_of[steps] = (Step){what, a, b, chance};
    return steps++;
}

typedef struct {
    double came;
    int at, parent, missing, next;
} Paper;
static Paper *paper;
static int papers, unused = NOBODY;
static int first[DESKS], last[DESKS]; /* who waits at each desk */
static uint32_t idle[DESKS];          /* a bit for each person */
static int in_hand[LEAVES];
static double now, total;
static long done;

static inline int new_paper(int at, int parent) {
    int fresh = unused;
    if (fresh == NOBODY) fresh = papers++;
    else unused = paper[fresh].next;
    paper[fresh].at = at;
    paper[fresh].parent = parent;
    return fresh;
}

static inline void forget(int which) {
    paper[which].next = unused;
    unused = which;
}

static void go_on(int which) {
    for (;;) {
        const Step *step = &step_of[paper[which].at];
        switch (step->what) {
        case WORK: {
            int desk = step->a;
            if (idle[desk]) {
                int person = __builtin_ctz(idle[desk]);
                idle[desk] &= idle[desk] - 1;
                uint32_t leaf = (uint32_t)(UNITS + desk * PEOPLE + person);
                in_hand[leaf] = which;
                set_time(leaf, now + exponential());
            } else {
                paper[which].next = NOBODY;
                if (first[desk] == NOBODY) first[desk] = which;
                else paper[last[desk]].next = which;
                last[desk] = which;
            }
            return;
        }
        case CHANCE:
            paper[which].at = random_share() < step->chance ? paper[which].at + 1 : step->a;
            break;
        case PART: /* two branches begin at a and b; the paper goes on behind both */
            paper[which].missing = 2;
            paper[which].at = step->b + 2;
            go_on(new_paper(step->a, which));
            go_on(new_paper(step->b, which));
            return;
        case MEET: {
            int whole = paper[which].parent;
            forget(which);
            if (--paper[whole].missing) return;
            which = whole;
            break;
        }
        default:
            total += now - paper[which].came;
            done++;
            forget(which);
            return;
        }
    }
}

static void tell(double side_by_side, int entry[UNITS]) {
    for (int unit = 0; unit < UNITS; unit++) {
        int own = 4 + unit, above = division_of[unit], near = 4 + (unit + 1) % UNITS;
        entry[unit] = emit(WORK, own, 0, 0.0);
        if (side_by_side > 0.0) {
            emit(CHANCE, steps + 6, 0, side_by_side);
            emit(PART, steps + 1, steps + 3, 0.0);
            emit(WORK, near, 0, 0.0);
            emit(MEET, 0, 0, 0.0);
            emit(WORK, above, 0, 0.0);
            emit(MEET, 0, 0, 0.0);
        }
        emit(CHANCE, steps + 6, 0, 0.4);
        emit(WORK, above, 0, 0.0);
        emit(CHANCE, steps + 3, 0, 0.4);
        emit(WORK, 0, 0, 0.0);
        emit(WORK, above, 0, 0.0);
        emit(WORK, own, 0, 0.0);
        emit(LEAVE, 0, 0, 0.0);
    }
}

int main(int count, char **words) {
    if (count != 4) return 2;
    int entry[UNITS];
    long each = atol(words[2]) / UNITS, left[UNITS];
    tell(strcmp(words[1], "C") == 0 ? 0.2 : 0.0, entry);
    seed_chance((uint64_t)atol(words[3]));
    paper = calloc(1 << 20, sizeof *paper);
    if (!paper) return 3;
    for (uint32_t node = 0; node < 2 * LEAVES; node++) due[node] = NEVER;
    for (uint32_t leaf = 0; leaf < LEAVES; leaf++) winner[LEAVES + leaf] = leaf;
    for (int desk = 0; desk < DESKS; desk++) {
        first[desk] = NOBODY;
        idle[desk] = (1u << PEOPLE) - 1;
    }
    for (int unit = 0; unit < UNITS; unit++) {
        left[unit] = each;
        set_time((uint32_t)unit, exponential() / 0.7);
    }
    double began = clock_s();
    while (done < each * UNITS) {
        uint32_t leaf = winner[1];
        memcpy(&now, &due[1], sizeof now);
        if (leaf < UNITS) {
            int fresh = new_paper(entry[leaf], NOBODY);
            paper[fresh].came = now;
            if (--left[leaf] > 0) set_time(leaf, now + exponential() / 0.7);
            else set_due(leaf, NEVER);
            go_on(fresh);
        } else {
            int which = in_hand[leaf], desk = ((int)leaf - UNITS) / PEOPLE, waiting = first[desk];
            if (waiting == NOBODY) {
                idle[desk] |= 1u << (((int)leaf - UNITS) % PEOPLE);
                set_due(leaf, NEVER);
            } else {
                first[desk] = paper[waiting].next;
                in_hand[leaf] = waiting;
                set_time(leaf, now + exponential());
            }
            paper[which].at++;
            go_on(which);
        }
    }
    return report(done, clock_s() - began, total / (double)done);
}
