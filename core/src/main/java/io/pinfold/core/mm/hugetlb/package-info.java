/**
 * Reserved huge pages (hugetlbfs): the reservation, their faults, and the mappings of them.
 */
@NullMarked
package io.pinfold.core.mm.hugetlb;

import org.jspecify.annotations.NullMarked;
