"""The types that a skops file may hold beside estimators: plain values, elementwise functions of numpy and scipy.

None of them does more than compute. The names of numpy 2.4 and scipy 1.17, as skops 0.16 lists them.
"""

from __future__ import annotations

BY_MODULE = {
    "builtins": ("bool float int list map set str tuple"),
    "numpy": (
        "absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh bitwise_and bitwise_count "
        "bitwise_or bitwise_xor bool bytes_ cbrt ceil clongdouble complex128 complex64 conjugate copysign cos "
        "cosh datetime64 deg2rad degrees divide divmod equal exp exp2 expm1 fabs float16 float32 float64 "
        "float_power floor floor_divide fmax fmin fmod frexp gcd greater greater_equal heaviside hypot int16 "
        "int32 int64 int8 invert isfinite isinf isnan isnat lcm ldexp left_shift less less_equal log log10 "
        "log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor longdouble longlong "
        "matmul matvec maximum minimum modf multiply negative nextafter not_equal object_ positive power "
        "rad2deg radians reciprocal remainder right_shift rint sign signbit sin sinh spacing sqrt square str_ "
        "subtract tan tanh timedelta64 trunc uint16 uint32 uint64 uint8 ulonglong vecdot vecmat void"
    ),
    "numpy.random": ("MT19937 PCG64 PCG64DXSM Philox SFC64"),
    "scipy.special._special_ufuncs": (
        "airy airye bei beip ber berp besselpoly beta betaln binom cbrt cosdg cosm1 cotdg dawsn ellipe "
        "ellipeinc ellipj ellipk ellipkinc ellipkm1 erf erfc erfcx erfi exp1 exp10 exp2 expi expit expm1 "
        "exprel fresnel gamma gammainc gammaincc gammainccinv gammaincinv gammaln gammasgn hankel1 hankel1e "
        "hankel2 hankel2e hyp2f1 i0 i0e i1 i1e it2i0k0 it2j0y0 it2struve0 itairy iti0k0 itj0y0 itmodstruve0 "
        "itstruve0 iv ive j0 j1 jv jve k0 k0e k1 k1e kei keip kelvin ker kerp kv kve log1p log_expit log_ndtr "
        "log_wright_bessel loggamma logit mathieu_a mathieu_b mathieu_cem mathieu_modcem1 mathieu_modcem2 "
        "mathieu_modsem1 mathieu_modsem2 mathieu_sem modfresnelm modfresnelp modstruve ndtr obl_ang1 "
        "obl_ang1_cv obl_cv obl_rad1 obl_rad1_cv obl_rad2 obl_rad2_cv pbdv pbvv pbwa pro_ang1 pro_ang1_cv "
        "pro_cv pro_rad1 pro_rad1_cv pro_rad2 pro_rad2_cv psi radian rgamma sindg struve tandg voigt_profile "
        "wofz wright_bessel xlog1py xlogy y0 y1 yv yve zetac"
    ),
    "scipy.special._ufuncs": (
        "agm bdtr bdtrc bdtri bdtrik bdtrin betainc betaincc betainccinv betaincinv boxcox boxcox1p btdtria "
        "btdtrib chdtr chdtrc chdtri chdtriv chndtr chndtridf chndtrinc chndtrix elliprc elliprd elliprf "
        "elliprg elliprj entr erfcinv erfinv eval_chebyc eval_chebys eval_chebyt eval_chebyu eval_gegenbauer "
        "eval_genlaguerre eval_hermite eval_hermitenorm eval_jacobi eval_laguerre eval_legendre "
        "eval_sh_chebyt eval_sh_chebyu eval_sh_jacobi eval_sh_legendre expn fdtr fdtrc fdtri fdtridfd gdtr "
        "gdtrc gdtria gdtrib gdtrix huber hyp0f1 hyp1f1 hyperu inv_boxcox inv_boxcox1p kl_div kn kolmogi "
        "kolmogorov lpmv nbdtr nbdtrc nbdtri nbdtrik nbdtrin ncfdtr ncfdtri ncfdtridfd ncfdtridfn ncfdtrinc "
        "nctdtr nctdtridf nctdtrinc nctdtrit ndtri ndtri_exp nrdtrimn nrdtrisd owens_t pdtr pdtrc pdtri "
        "pdtrik poch powm1 pseudo_huber rel_entr round shichi sici smirnov smirnovi spence stdtr stdtridf "
        "stdtrit tklmbda wrightomega yn"
    ),
}
