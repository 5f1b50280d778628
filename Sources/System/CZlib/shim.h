#include <zlib.h>

// deflateInit2 and inflateInit2 are macros.
static inline int shim_deflateInit2(z_stream *s, int level, int windowBits) {
    return deflateInit2(s, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
}
static inline int shim_inflateInit2(z_stream *s, int windowBits) { return inflateInit2(s, windowBits); }
