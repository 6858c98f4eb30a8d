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

enum { WORDS = 4, MOST_CHUNKS = 16, MOST_PROBES = 304, DAMAGED = -1, UNFIT = -2 };
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

typedef struct {
    uint32_t start, end;
    uint16_t sketch;
    uint8_t budget, chunk;
} range_t;

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

enum { KEPT = 256 };

/* Compare what the sketches let through; `kept` holds places among the postings. */
INSIDE int64_t compare(const index_t *index, const uint64_t *question, uint32_t distance, const int8_t *radius,
                       const uint32_t *kept, const uint8_t *of, uint32_t many, answer_t *answer) {
    uint32_t ids[KEPT];
    for (uint32_t i = 0; i < many; i++) {
        ids[i] = load_id(index, &index->chunk[of[i]], kept[i]);
        if (ids[i] >= index->size) return DAMAGED;
        __builtin_prefetch(index->hashes + (uint64_t)ids[i] * WORDS);
    }
    for (uint32_t i = 0; i < many; i++) {
        const uint64_t *hash = index->hashes + (uint64_t)ids[i] * WORDS;
        uint32_t here = apart(hash, question);
        if (here > distance) continue;
        uint64_t x[WORDS];
        for (int word = 0; word < WORDS; word++) x[word] = hash[word] ^ question[word];
        if (met_at(index, radius, of[i], x) && first_to_meet(index, radius, of[i], x)) put(answer, ids[i], here);
    }
    return 0;
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

/* Which postings have to be read; `total` says how many there are. */
INSIDE int64_t ranges_of(const index_t *index, const uint64_t *question, const int8_t *radius, range_t *ranges, uint64_t *total) {
    int64_t many = 0;
    for (uint32_t at = 0; at < index->chunks; at++) {
        const chunk_t *chunk = &index->chunk[at];
        uint32_t value = bits(question, chunk->first, chunk->width), all = probes(chunk->width, radius[at]);
        uint16_t sketch = (uint16_t)bits(question, chunk->next_first, chunk->next_width);
        int budget = radius[at] + radius[(at + 1) % index->chunks] + 1;
        for (uint32_t probe = 0; probe < all; probe++) __builtin_prefetch(chunk->ends + (value ^ chunk->flips[probe]));
        for (uint32_t probe = 0; probe < all; probe++) {
            uint32_t start, end;
            if (!postings(index, chunk, value ^ chunk->flips[probe], &start, &end)) return DAMAGED;
            if (start == end) continue;
            __builtin_prefetch(chunk->sketches + start);
            __builtin_prefetch(chunk->sketches + end - 1);
            *total += end - start;
            ranges[many++] = (range_t){start, end, sketch, (uint8_t)(budget - flipped(chunk->width, probe)), (uint8_t)at};
        }
    }
    return many;
}

INSIDE int64_t search(const index_t *index, const uint64_t *question, uint32_t distance, answer_t *answer) {
    int8_t radius[MOST_CHUNKS];
    range_t ranges[MOST_CHUNKS * MOST_PROBES];
    share(index->chunks, distance, radius);
    for (uint32_t at = 0; at < index->chunks; at++)
        if (radius[at] > 2) { scan_all(index, question, distance, answer); return answer->found; }
    uint64_t total = 0;
    int64_t many = ranges_of(index, question, radius, ranges, &total);
    if (many < 0) return many;
    /* Where nearly everything falls into the buckets that are asked, reading the list once is less work. */
    if (total > index->size) { scan_all(index, question, distance, answer); return answer->found; }
    uint32_t kept[KEPT], fill = 0;
    uint8_t of[KEPT];
    for (int64_t i = 0; i < many; i++) {
        const range_t range = ranges[i];
        const chunk_t *chunk = &index->chunk[range.chunk];
        for (uint32_t place = range.start; place < range.end; place++) {
            uint32_t next = (uint32_t)__builtin_popcount(chunk->sketches[place] ^ range.sketch);
            if (__builtin_expect(next > range.budget, 1)) continue;
            if (chunk->ids) __builtin_prefetch(chunk->ids + ((uint64_t)place * index->id_bits >> 3));
            kept[fill] = place;
            of[fill++] = range.chunk;
            if (fill == KEPT) {
                if (compare(index, question, distance, radius, kept, of, fill, answer) < 0) return DAMAGED;
                fill = 0;
            }
        }
    }
    return compare(index, question, distance, radius, kept, of, fill, answer) < 0 ? DAMAGED : answer->found;
}

/* All within `distance` of each of `many` questions. `counts` gets the number of each; places and distances stand one
 * after the other while there is room. Returns how many there are in all, or DAMAGED, or UNFIT. */
WIDER int64_t cairn_near(const index_t *index, const uint64_t *questions, int64_t many, uint32_t distance,
                         uint32_t *places, uint16_t *distances, int64_t room, int64_t *counts) {
    if (index->chunks < 1 || index->chunks > MOST_CHUNKS || distance > 255) return UNFIT;
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
