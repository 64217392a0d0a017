/* What the Swift module CLinnet imports: the C interface, found by pkg-config or in an XCFramework. */
#include <linnet/linnet.h>
