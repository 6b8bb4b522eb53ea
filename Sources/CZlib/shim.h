#include <string.h>
#include <zlib.h>

// inflateInit2 is a macro, which Swift cannot call: inflates raw deflate data as a whole; the number of bytes, or an error of zlib's.
static inline long CZlib_inflate(const unsigned char *input, unsigned int length, unsigned char *output, unsigned int room) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    stream.next_in = (unsigned char *)input;
    stream.avail_in = length;
    stream.next_out = output;
    stream.avail_out = room;
    int result = inflateInit2(&stream, -MAX_WBITS);
    if (result != Z_OK) return result;
    result = inflate(&stream, Z_FINISH);
    long written = (long)stream.total_out;
    inflateEnd(&stream);
    return result == Z_STREAM_END ? written : (result == Z_OK ? Z_BUF_ERROR : result);
}

// deflateInit is a macro as well.
static inline int CZlib_deflateInit(z_stream *stream, int level) { return deflateInit(stream, level); }
