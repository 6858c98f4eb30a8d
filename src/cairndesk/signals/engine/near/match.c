/* Exact search of 256-bit hashes within a distance: the compiled half of this folder.
 *
 * `plain.py` is the same in NumPy, line by line where that is possible; the tests compare the answers. Why nothing is
 * missed is proved in `layout.py`. Plain C without Python's headers: it is loaded by ctypes, which releases the GIL.
 * Nothing read from the index is trusted: every place is compared with the sizes before it is used, so a damaged file
 * gives DAMAGED and never a crash.
 */
#include <stdint.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__gnu_linux__)
#define WIDER __attribute__((target_clones("arch=x86-64-v3", "popcnt", "default")))
#else
#define WIDER
#endif
#define INSIDE static inline __attribute__((always_inline))

enum { WORDS = 4, MOST_CHUNKS = 16, MOST_PROBES = 304, MOST_BLOCK_BITS = 6, DAMAGED = -1, UNFIT = -2 };
static const uint32_t WIDE = 0x80000000u;

/* One chunk of the hash: `width` bits from `first` on. `ids` is NULL for the chunk by which the hashes are sorted. */
typedef struct {
    uint32_t first, width, next_first, next_width;
    const uint32_t *base;      /* one for each block of values: where their postings begin, or WIDE | place in `wide` */
    const uint8_t *ends;       /* one for each value: the end of its postings, from the base of its block */
    const uint32_t *wide;      /* all edges of each block that holds more than 255 postings */
    const uint16_t *sketches;  /* one a posting: the first bits of the next chunk */
    const uint8_t *ids;        /* `id_bits` a posting without gaps, and seven bytes more: which hash */
    const uint32_t *flips;     /* masks of none, one and two bits, in that order */
    uint64_t wide_length;
} chunk_t;

typedef struct {
    uint64_t size;
    uint32_t chunks, id_bits, block_bits, unused;
    const uint64_t *hashes;
    chunk_t chunk[MOST_CHUNKS];
} index_t;

INSIDE uint32_t bits(const uint64_t *words, uint32_t first, uint32_t width) {
    uint32_t word = first >> 6, shift = first & 63;
    uint64_t low = words[word] >> shift;
    if (shift + width > 64) low |= words[word + 1] << (64 - shift);
    return (uint32_t)(low & ((1ull << width) - 1));
}

INSIDE uint32_t apart(const uint64_t *one, const uint64_t *other) {
    return (uint32_t)(__builtin_popcountll(one[0] ^ other[0]) + __builtin_popcountll(one[1] ^ other[1]) +
                      __builtin_popcountll(one[2] ^ other[2]) + __builtin_popcountll(one[3] ^ other[3]));
}

INSIDE uint32_t load_id(const index_t *index, const chunk_t *chunk, uint32_t place) {
    if (!chunk->ids) return place;
    uint64_t bit = (uint64_t)place * index->id_bits, word;
    memcpy(&word, chunk->ids + (bit >> 3), sizeof word);
    return (uint32_t)((word >> (bit & 7)) & ((1ull << index->id_bits) - 1));
}

/* Whether a hash that differs from the question by `x` is met at this chunk; only its first such chunk reports it. */
INSIDE int met_at(const index_t *index, const int8_t *radius, uint32_t at, const uint64_t *x) {
    const chunk_t *chunk = &index->chunk[at];
    int here = __builtin_popcountll(bits(x, chunk->first, chunk->width));
    if (here > radius[at]) return 0;
    int next = __builtin_popcountll(bits(x, chunk->next_first, chunk->next_width));
    return here + next <= radius[at] + radius[(at + 1) % index->chunks] + 1;
}

INSIDE int first_to_meet(const index_t *index, const int8_t *radius, uint32_t at, const uint64_t *x) {
    for (uint32_t earlier = 0; earlier < at; earlier++)
        if (met_at(index, radius, earlier, x)) return 0;
    return 1;
}

/* The postings of one value, checked against the size of the list. */
INSIDE int postings(const index_t *index, const chunk_t *chunk, uint32_t value, uint32_t *start, uint32_t *end) {
    uint32_t base = chunk->base[value >> index->block_bits], inside = value & ((1u << index->block_bits) - 1);
    if (base & WIDE) {
        uint64_t at = (uint64_t)(base ^ WIDE) + inside;
        if (at + 1 >= chunk->wide_length) return 0;
        *start = chunk->wide[at];
        *end = chunk->wide[at + 1];
    } else {
        *start = inside ? base + chunk->ends[value - 1] : base;
        *end = base + chunk->ends[value];
    }
    return *start <= *end && *end <= index->size;
}

typedef struct {
    uint32_t *places;
    uint16_t *distances;
    int64_t room, found;
} answer_t;

INSIDE void put(answer_t *answer, uint32_t place, uint32_t distance) {
    if (answer->found < answer->room) {
        answer->places[answer->found] = place;
        answer->distances[answer->found] = (uint16_t)distance;
    }
    answer->found++;
}

INSIDE void scan_all(const index_t *index, const uint64_t *question, uint32_t distance, answer_t *answer) {
    for (uint64_t place = 0; place < index->size; place++) {
        uint32_t here = apart(index->hashes + place * WORDS, question);
        if (here <= distance) put(answer, (uint32_t)place, here);
    }
}

/* How the distance is shared out: radius + 1 over all chunks adds up to distance + 1. */
INSIDE void share(uint32_t chunks, uint32_t distance, int8_t *radius) {
    uint32_t each = (distance + 1) / chunks, over = (distance + 1) % chunks;
    for (uint32_t at = 0; at < chunks; at++)
        radius[at] = (int8_t)(each + ((at + 1) * over / chunks - at * over / chunks) - 1);
}

INSIDE uint32_t probes(uint32_t width, int radius) {
    return radius < 0 ? 0 : radius == 0 ? 1 : radius == 1 ? 1 + width : 1 + width + width * (width - 1) / 2;
}

INSIDE uint8_t flipped(uint32_t width, uint32_t probe) { return probe == 0 ? 0 : probe <= width ? 1 : 2; }

enum { KEPT = 256, EIGHT = 8 };

typedef struct {
    const index_t *index;
    const uint64_t *question;
    uint32_t distance;
    int8_t radius[MOST_CHUNKS];
    uint32_t fill, kept[KEPT];  /* places among the postings of chunk `of` that the sketches let through */
    uint8_t of[KEPT];
    answer_t *answer;
} search_t;

/* Compare in full what was kept; 0 where the index is damaged. */
INSIDE int compare(search_t *own) {
    const index_t *index = own->index;
    uint32_t ids[KEPT], many = own->fill;
    for (uint32_t i = 0; i < many; i++) ids[i] = load_id(index, &index->chunk[own->of[i]], own->kept[i]);
    for (uint32_t i = 0; i < many; i++) {
        if (ids[i] >= index->size) return 0;
        __builtin_prefetch(index->hashes + (uint64_t)ids[i] * WORDS);
    }
    for (uint32_t i = 0; i < many; i++) {
        const uint64_t *hash = index->hashes + (uint64_t)ids[i] * WORDS;
        uint32_t here = apart(hash, own->question);
        if (here > own->distance) continue;
        uint64_t x[WORDS];
        for (int word = 0; word < WORDS; word++) x[word] = hash[word] ^ own->question[word];
        if (met_at(index, own->radius, own->of[i], x) && first_to_meet(index, own->radius, own->of[i], x)) put(own->answer, ids[i], here);
    }
    own->fill = 0;
    return 1;
}

INSIDE int keep(search_t *own, uint32_t at, uint32_t place) {
    own->kept[own->fill] = place;
    own->of[own->fill++] = (uint8_t)at;
    return own->fill < KEPT || compare(own);
}

/* What is asked at one chunk: where the postings of each probe start and end, and the eight sketches from `from` on. */
typedef struct {
    uint32_t many, starts[MOST_PROBES], ends[MOST_PROBES], from[MOST_PROBES];
    uint16_t sketches[MOST_PROBES * EIGHT];
} asked_t;

/* Each loop reads one place of a large table in a round, and no round waits for another: so the processor fetches as many of them at once
 * as it can. Whatever else is done in the same loop leaves it room for fewer. `total` grows by how many postings there are. */
INSIDE int gather(const search_t *own, uint32_t at, asked_t *asked, uint64_t *total) {
    const chunk_t *chunk = &own->index->chunk[at];
    uint32_t value = bits(own->question, chunk->first, chunk->width), last = (uint32_t)(own->index->size - EIGHT);
    asked->many = probes(chunk->width, own->radius[at]);
    for (uint32_t probe = 0; probe < asked->many; probe++)
        if (!postings(own->index, chunk, value ^ chunk->flips[probe], &asked->starts[probe], &asked->ends[probe])) return 0;
    for (uint32_t probe = 0; probe < asked->many; probe++) {
        asked->from[probe] = asked->starts[probe] < last ? asked->starts[probe] : last;
        *total += asked->ends[probe] - asked->starts[probe];
    }
    for (uint32_t probe = 0; probe < asked->many; probe++)
        memcpy(asked->sketches + probe * EIGHT, chunk->sketches + asked->from[probe], EIGHT * sizeof *chunk->sketches);
    return 1;
}

/* In place of each sketch, in how many bits it differs from `sketch`. The compiler makes wide instructions of it. */
INSIDE void differ(uint16_t *sketches, uint32_t many, uint16_t sketch) {
    for (uint32_t i = 0; i < many; i++) {
        uint16_t x = sketches[i] ^ sketch;
        x -= (x >> 1) & 0x5555;
        x = (x & 0x3333) + ((x >> 2) & 0x3333);
        x = (x + (x >> 4)) & 0x0f0f;
        sketches[i] = (x + (x >> 8)) & 0x1f;
    }
}

/* Whether one of eight numbers up to 16 is at most `most` (up to 16): taken from 2^15, only such a one leaves the highest bit of its lane. */
INSIDE int any_within(const uint16_t *eight, uint32_t most) {
    const uint64_t ones = 0x0001000100010001ull, highest = ones << 15;
    uint64_t half[2], add = highest - (most + 1) * ones;
    memcpy(half, eight, sizeof half);
    return (((half[0] + add) & (half[1] + add)) & highest) != highest;
}

/* Keep those postings of a chunk whose sketches say that they may be near. */
INSIDE int sift(search_t *own, uint32_t at, asked_t *asked) {
    const chunk_t *chunk = &own->index->chunk[at];
    uint16_t sketch = (uint16_t)bits(own->question, chunk->next_first, chunk->next_width);
    int budget = own->radius[at] + own->radius[(at + 1) % own->index->chunks] + 1;
    differ(asked->sketches, asked->many * EIGHT, sketch);
    for (uint32_t probe = 0; probe < asked->many; probe++) {
        const uint16_t *eight = asked->sketches + probe * EIGHT;
        uint32_t most = (uint32_t)(budget - flipped(chunk->width, probe)), from = asked->from[probe], start = asked->starts[probe], end = asked->ends[probe];
        if (any_within(eight, most))
            for (uint32_t place = start; place < end && place < from + EIGHT; place++)
                if (eight[place - from] <= most && !keep(own, at, place)) return 0;
        for (uint32_t place = from + EIGHT; place < end; place++)
            if ((uint32_t)__builtin_popcount(chunk->sketches[place] ^ sketch) <= most && !keep(own, at, place)) return 0;
    }
    return 1;
}

INSIDE int64_t search(const index_t *index, const uint64_t *question, uint32_t distance, answer_t *answer) {
    search_t own = {.index = index, .question = question, .distance = distance, .answer = answer};
    asked_t asked;
    int64_t before = answer->found;
    uint64_t total = 0;
    share(index->chunks, distance, own.radius);
    int whole = index->size < EIGHT;
    for (uint32_t at = 0; at < index->chunks; at++) whole |= own.radius[at] > 2;
    for (uint32_t at = 0; at < index->chunks && !whole; at++) {
        if (!gather(&own, at, &asked, &total)) return DAMAGED;
        /* Where nearly everything falls into the buckets that are asked, reading the list once is less work. */
        whole = total > index->size;
        if (!whole && !sift(&own, at, &asked)) return DAMAGED;
    }
    if (!whole) return compare(&own) ? answer->found : DAMAGED;
    answer->found = before;
    scan_all(index, question, distance, answer);
    return answer->found;
}

/* All within `distance` of each of `many` questions. `counts` gets the number of each; places and distances stand one
 * after the other while there is room. Returns how many there are in all, or DAMAGED, or UNFIT. */
WIDER int64_t cairn_near(const index_t *index, const uint64_t *questions, int64_t many, uint32_t distance,
                         uint32_t *places, uint16_t *distances, int64_t room, int64_t *counts) {
    if (index->chunks < 1 || index->chunks > MOST_CHUNKS || index->block_bits > MOST_BLOCK_BITS || distance > 255) return UNFIT;
    answer_t answer = {places, distances, room, 0};
    for (int64_t i = 0; i < many; i++) {
        int64_t before = answer.found;
        if (search(index, questions + i * WORDS, distance, &answer) < 0) return DAMAGED;
        counts[i] = answer.found - before;
    }
    return answer.found;
}

/* The same by reading `size` hashes one after the other: the tail of an index, and what the tests compare with. */
WIDER int64_t cairn_scan(const uint64_t *hashes, uint64_t size, const uint64_t *question, uint32_t distance,
                         uint32_t *places, uint16_t *distances, int64_t room) {
    index_t index = {.size = size, .hashes = hashes};
    answer_t answer = {places, distances, room, 0};
    scan_all(&index, question, distance, &answer);
    return answer.found;
}

typedef struct {
    uint16_t low, sketch;
    uint32_t id;
} posting_t;

enum { PARTS = 256, LOW = 65536 };

/* The postings of one chunk in the order of their values, equal ones as they came. `counts` (2^width, zeroed) gets how many there are of
 * each value; `laid` the sketches; `ids` (zeroed), where wanted, the numbers of the hashes. `room` holds `size` postings of 8 bytes.
 *
 * In two steps, because writing to a random place of a large table costs a cache miss each: first into 256 parts by the highest bits, then
 * each part, which fits into the cache, by the rest. */
WIDER void cairn_lay(const uint64_t *hashes, uint64_t size, uint32_t first, uint32_t width, uint32_t next_first, uint32_t next_width,
                     uint32_t *counts, uint16_t *laid, uint8_t *ids, uint32_t id_bits, posting_t *room) {
    uint32_t rest = width - 8, start[PARTS + 1] = {0}, next[PARTS];
    for (uint64_t i = 0; i < size; i++) start[(bits(hashes + i * WORDS, first, width) >> rest) + 1]++;
    for (uint32_t part = 0; part < PARTS; part++) {
        start[part + 1] += start[part];
        next[part] = start[part];
    }
    for (uint64_t i = 0; i < size; i++) {
        uint32_t value = bits(hashes + i * WORDS, first, width);
        uint16_t sketch = (uint16_t)bits(hashes + i * WORDS, next_first, next_width);
        room[next[value >> rest]++] = (posting_t){(uint16_t)(value & ((1u << rest) - 1)), sketch, (uint32_t)i};
    }
    for (uint32_t part = 0; part < PARTS; part++) {
        uint32_t *count = counts + ((uint64_t)part << rest), place[LOW], sum = start[part];
        for (uint32_t i = start[part]; i < start[part + 1]; i++) count[room[i].low]++;
        for (uint32_t low = 0; low < 1u << rest; low++) {
            place[low] = sum;
            sum += count[low];
        }
        for (uint32_t i = start[part]; i < start[part + 1]; i++) {
            uint64_t at = place[room[i].low]++;
            laid[at] = room[i].sketch;
            if (!ids) continue;
            uint64_t bit = at * id_bits, word;
            memcpy(&word, ids + (bit >> 3), sizeof word);
            word |= (uint64_t)room[i].id << (bit & 7);
            memcpy(ids + (bit >> 3), &word, sizeof word);
        }
    }
}
