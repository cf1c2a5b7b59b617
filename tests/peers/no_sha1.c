/* What a host does whose policy forbids signatures over SHA-1: OpenSSL's calls that begin to make or
 * check one fail. To be preloaded. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int forbidden(int sha1)
{
    if (sha1)
        ERR_raise(ERR_LIB_EVP, EVP_R_INVALID_DIGEST);
    return sha1;
}

static int is_sha1(const EVP_MD *digest)
{
    return digest != NULL && EVP_MD_is_a(digest, "SHA1");
}

static int names_sha1(const char *name)
{
    EVP_MD *digest = name == NULL ? NULL : EVP_MD_fetch(NULL, name, NULL);
    int found = is_sha1(digest);
    EVP_MD_free(digest);
    return found;
}

int EVP_DigestSignInit(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const EVP_MD *type, ENGINE *e,
                       EVP_PKEY *pkey)
{
    return forbidden(is_sha1(type)) ? 0 : REAL(EVP_DigestSignInit)(ctx, pctx, type, e, pkey);
}

int EVP_DigestVerifyInit(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const EVP_MD *type, ENGINE *e,
                         EVP_PKEY *pkey)
{
    return forbidden(is_sha1(type)) ? 0 : REAL(EVP_DigestVerifyInit)(ctx, pctx, type, e, pkey);
}

int EVP_DigestSignInit_ex(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const char *name,
                          OSSL_LIB_CTX *libctx, const char *props, EVP_PKEY *pkey,
                          const OSSL_PARAM params[])
{
    return forbidden(names_sha1(name))
               ? 0
               : REAL(EVP_DigestSignInit_ex)(ctx, pctx, name, libctx, props, pkey, params);
}

int EVP_DigestVerifyInit_ex(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const char *name,
                            OSSL_LIB_CTX *libctx, const char *props, EVP_PKEY *pkey,
                            const OSSL_PARAM params[])
{
    return forbidden(names_sha1(name))
               ? 0
               : REAL(EVP_DigestVerifyInit_ex)(ctx, pctx, name, libctx, props, pkey, params);
}

int EVP_PKEY_CTX_set_signature_md(EVP_PKEY_CTX *ctx, const EVP_MD *digest)
{
    return forbidden(is_sha1(digest)) ? 0 : REAL(EVP_PKEY_CTX_set_signature_md)(ctx, digest);
}
