/**
 * The Unix seconds of the years 1 to 9999. A time beyond them has no text (RFC 3339), Python's and Spark's readers stop at it for good, and Go's
 * has no JSON for it.
 */
export const readableYears = { first: -62_135_596_800, last: 253_402_300_799 } as const;
