# Golden numbers of Fine-Gray models by finegray() and coxph(). Run: Rscript tests/golden/fine_gray.R
library(survival)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
data <- read.csv(file.path(here, "data", "subdistribution.csv"))
data$ends <- factor(data$cause)
tight <- coxph.control(eps = 1e-11, iter.max = 50, timefix = FALSE)
golden <- NULL

keep <- function(model, fit) {
  add <- function(quantity, term, value) {
    golden <<- rbind(golden, data.frame(model, quantity, term, value = sprintf("%.15g", value)))
  }
  add("estimate", names(coef(fit)), coef(fit))
  add("std_error", names(coef(fit)), sqrt(diag(fit$naive.var)))
  add("robust_std_error", names(coef(fit)), sqrt(diag(fit$var)))
  add("log_likelihood_null", "", fit$loglik[1])
  add("log_likelihood", "", fit$loglik[2])
}

right <- "need + in_care + group"
for (entry in c("origin", "late")) for (cause in c("1", "2")) for (ties in c("efron", "breslow")) {
  left <- if (entry == "late") "Surv(start, stop, ends) ~" else "Surv(stop, ends) ~"
  long <- finegray(as.formula(paste(left, ".")), data, etype = cause, id = id, timefix = FALSE)
  formula <- as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", right))
  name <- paste(entry, cause, ties, sep = "_")
  keep(paste0(name, "_row"), coxph(formula, long, weights = fgwt, cluster = id, ties = ties,
                                   control = tight))
  keep(paste0(name, "_area"), coxph(formula, long, weights = fgwt, cluster = area, ties = ties,
                                    control = tight))
  if (cause == "1") {
    split <- finegray(as.formula(paste(left, ". + strata(cohort)")), data, etype = cause, id = id,
                      timefix = FALSE)
    # finegray() leaves the strata out of its result.
    split$cohort <- data$cohort[match(split$id, data$id)]
    keep(paste0(name, "_strata"), coxph(update(formula, . ~ . + strata(cohort)), split,
                                        weights = fgwt, cluster = id, ties = ties, control = tight))
    weighed <- finegray(as.formula(paste(left, ".")), data, weights = weight, etype = cause,
                        id = id, timefix = FALSE)
    keep(paste0(name, "_weights"), coxph(formula, weighed, weights = fgwt, cluster = id,
                                         ties = ties, control = tight))
  }
}
golden$versions <- sprintf("R %s; survival %s", getRversion(), packageVersion("survival"))
write.csv(golden, file.path(here, "fine_gray.csv"), row.names = FALSE, quote = TRUE)
