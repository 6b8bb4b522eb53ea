// EVP digests only: libcrypto is in the process already through libgit2.
#include <openssl/evp.h>
